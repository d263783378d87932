import type { Translation } from '../files.js';

export default {
  noLicense: 'این خریدار لایسنسی ندارد',
  noneOfOurs: 'هیچ قلم آن از محصولات ما نیست',
  noLineYet: 'هنوز هیچ قلمی از این سفارش شناخته نیست',
  neverPaid: 'هیچ بخشی از این سفارش پرداخت نشده است',
  notPaidYet: 'فروشگاه هنوز نگفته که چیزی از آن پرداخت شده است',
  orderUnknown: 'خود سفارش هنوز شناخته نیست',
  namesNobody: 'پرداخت شده ولی خریدارش معلوم نیست: نشانی ایمیل خوانایی ندارد',
  correctOrAssign: 'آن را در فروشگاه اصلاح کنید یا به کسی نسبت دهید',
  buyerRevoked:
    'لایسنس خریدار باطل شده است: پول را برگردانید یا سفارش را برای لایسنسی تازه به خریدار نسبت دهید',
  shareUnknown:
    'بخشی از پول برگشته و مبلغ پرداختی هرگز گفته نشده است: خودتان تصمیم بگیرید که چه سهمی است',
  emailNeeded: 'نشانی ایمیل ندارد',
  productNeeded: 'محصول آن گفته نشده است',
  needsPlan: 'لایسنس به پلن {name} نیاز دارد',
  productUnknown: 'محصول {name} در کاتالوگ نیست',
  hadBefore: 'خریدار محصول {name} را پیش‌تر داشته است',
  settledByHand: 'با تصمیم یک نفر بسته شد: {name}',
  orderSettled: 'سفارش بسته شده است: {name}',
} satisfies Translation<'adminReasons'>;
