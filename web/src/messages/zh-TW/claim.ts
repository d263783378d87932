import type { Translation } from '../files.js';

export default {
  title: '您的授權金鑰',
  lead: '您在 {shop} 的授權已可使用。請按下按鈕查看您的金鑰。',
  once: '金鑰在此只顯示一次，之後可在您的帳戶中再次查看。',
  open: '顯示我的金鑰',
  used: '此連結已使用過，或已超過七天期限。請以電子郵件地址登入查看金鑰。',
  notReady: '付款尚未確認。請稍候幾秒再按一次按鈕。若您先前已有授權，金鑰不變。',
  noAnswer: '服務沒有回應。資料不會遺失，請再試一次。',
  signIn: '以電子郵件地址登入',
  yours: '您的授權方案為 {plan}。這是您的金鑰：',
  key: '授權金鑰',
  keep: '請像密碼一樣保管：持有金鑰的人會用掉您的額度。',
  tryIt: '立即試用',
  account: '前往我的帳戶',
  docs: '閱讀快速入門',
  orSend: '或從您自己的程式送出第一個請求：',
} satisfies Translation<'claim'>;
