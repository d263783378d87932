// What the pages say before any of their own texts is loaded: in tabs, in search results, in previews of links.

import type { LocalizedText } from '../domain/language.js';

export const PAGE_TITLE: LocalizedText = {
  fa: 'یک کلید برای همهٔ مدل‌های هوش مصنوعی',
  en: 'One key for every AI model',
  'zh-TW': '一把金鑰，所有 AI 模型',
};

export const PAGE_DESCRIPTION: LocalizedText = {
  fa: 'سهم ماهانه‌ای از بهترین مدل‌های هوش مصنوعی با یک کلید؛ هر درخواست دقیق شمرده می‌شود.',
  en: 'A monthly share of the best AI models behind one key; every request is counted exactly.',
  'zh-TW': '透過單一金鑰每月使用頂尖 AI 模型；每次請求都精確計數。',
};
