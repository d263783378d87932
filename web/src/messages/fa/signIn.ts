import type { Translation } from '../files.js';

export default {
  title: 'ورود',
  lead: 'برای ورود به حساب خود دکمه را بزنید.',
  signIn: 'ورود',
  used: 'این پیوند پیش‌تر استفاده شده یا پانزده دقیقه مهلت آن گذشته است. پیوند تازه‌ای بخواهید.',
  noAnswer: 'سرویس پاسخ نداد. دوباره تلاش کنید.',
  newLink: 'درخواست پیوند تازه',
} satisfies Translation<'signIn'>;
