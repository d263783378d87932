import type { Translation } from '../files.js';

export default {
  noLicense: '此買家沒有授權',
  noneOfOurs: '沒有任何項目是我們的產品',
  noLineYet: '此訂單尚無已知的項目',
  neverPaid: '此訂單從未付款',
  notPaidYet: '商店尚未告知已有付款',
  orderUnknown: '訂單本身尚不清楚',
  namesNobody: '已付款但沒有指明買家：沒有可讀取的電子郵件',
  correctOrAssign: '請在商店更正，或指派給買家',
  buyerRevoked: '買家的授權已撤銷：請退款，或將訂單指派給買家以核發新授權',
  shareUnknown: '已退回部分金額，但從未告知付款金額：請人工決定其比例',
  emailNeeded: '沒有電子郵件',
  productNeeded: '沒有指明產品',
  needsPlan: '授權需要方案 {name}',
  productUnknown: '產品 {name} 不在目錄中',
  hadBefore: '買家先前已有產品 {name}',
  settledByHand: '人工結案：{name}',
  orderSettled: '訂單已結案：{name}',
} satisfies Translation<'adminReasons'>;
