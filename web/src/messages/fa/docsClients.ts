import type { Translation } from '../files.js';

export default {
  title: 'برنامه‌ها و کتابخانه‌ها',
  lead: 'هر چه با OpenAI حرف می‌زند با ما هم حرف می‌زند. دو چیز عوض می‌شود: نشانی پایه و کلید.',
  baseUrl: 'نشانی پایه (Base URL)',
  key: 'کلید (API key)',
  keyText: 'کلید لایسنس شما',
  model: 'مدل',
  modelText: 'هر شناسه‌ای از [فهرست مدل‌ها](/docs/models)، با خط کج درون آن.',
  openai: 'کتابخانهٔ رسمی. در هر زبان دیگری که آن را دارد هم همین است.',
  aiSdk:
    'بستهٔ ویژهٔ سرویس‌هایی که مانند OpenAI حرف می‌زنند. کلید را در متغیر محیطی `LICENSE_KEY` بگذارید.',
  langchain: 'همان کلاس OpenAI با نشانی دیگر. زنجیره‌ها، عامل‌ها و ابزارها مثل همیشه کار می‌کنند.',
  php: 'بستهٔ رایج، که با Composer نصب می‌شود.',
  curl: 'نصب نمی‌خواهد: برای آزمودن این‌که کلید کار می‌کند یا نه.',
  telegram:
    'یک ربات کامل. از BotFather توکن بگیرید، آن و کلیدتان را در متغیرهای محیطی بگذارید و برنامه را اجرا کنید.',
  n8n: 'یک credential از نوع OpenAI بسازید و آن را در گره OpenAI Chat Model انتخاب کنید. گزینهٔ `Use Responses API` را خاموش کنید.',
  openWebUi:
    'در Admin Panel، سپس Settings، Connections و OpenAI API یک اتصال بیفزایید. یا آن را با این متغیرها اجرا کنید:',
  continue: 'دستیار کدنویسی در VS Code و JetBrains. این را در فایل `config.yaml` آن بگذارید:',
  aider: 'دستیار کدنویسی در خط فرمان. پیش از نام مدل `openai/` می‌آید:',
  others: 'هر برنامهٔ دیگر',
  othersText:
    'در تنظیمات آن دنبال «OpenAI compatible»، «custom endpoint» یا «base URL» بگردید و دو مقدار بالا را بنویسید. اگر نشانی کامل خواست، `/chat/completions` را به انتهای آن بیفزایید.',
  failing: 'اگر کار نکرد',
  failingUrl: 'خطای 404: نشانی پایه باید با `/v1` تمام شود، بدون خط کج پس از آن.',
  failingKey: 'خطای 401: کلید با فاصله رونوشت شده، یا در جای سرویس‌دهندهٔ دیگری نوشته شده است.',
  failingModel: 'خطای 403: پلن شما این مدل را باز نمی‌کند. مدل سبک‌تری انتخاب کنید.',
} satisfies Translation<'docsClients'>;
