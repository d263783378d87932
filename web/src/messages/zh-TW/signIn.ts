import type { Translation } from '../files.js';

export default {
  title: '登入',
  lead: '請按下按鈕登入您的帳戶。',
  signIn: '登入',
  used: '此連結已使用過，或已超過十五分鐘期限。請索取新的連結。',
  noAnswer: '服務沒有回應，請再試一次。',
  newLink: '索取新連結',
} satisfies Translation<'signIn'>;
