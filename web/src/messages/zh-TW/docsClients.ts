import type { Translation } from '../files.js';

export default {
  title: '程式與函式庫',
  lead: '能搭配 OpenAI 的工具都能搭配我們的服務。只需更換兩項：基底網址與金鑰。',
  baseUrl: '基底網址（Base URL）',
  key: '金鑰（API key）',
  keyText: '您的授權金鑰',
  model: '模型',
  modelText: '[模型清單](/docs/models)中的任一識別碼，包含斜線。',
  openai: '官方函式庫。其他程式語言的官方函式庫做法相同。',
  aiSdk: '適用於 OpenAI 相容服務的套件。請將金鑰放入環境變數 `LICENSE_KEY`。',
  langchain: '使用 OpenAI 的類別並更換網址。鏈、代理與工具照常運作。',
  php: '常用的套件，以 Composer 安裝。',
  curl: '無需安裝：適合確認金鑰是否有效。',
  telegram: '一個完整的機器人。向 BotFather 取得權杖，連同金鑰放入環境變數，然後啟動程式。',
  n8n: '建立類型為 OpenAI 的憑證，並在 OpenAI Chat Model 節點中選用。請關閉 `Use Responses API`。',
  openWebUi:
    '依序開啟 Admin Panel、Settings、Connections、OpenAI API，新增連線。或以下列變數啟動：',
  continue: 'VS Code 與 JetBrains 的程式助理。將以下內容放入其 `config.yaml` 檔：',
  aider: '命令列的程式助理。模型名稱前面加上 `openai/`：',
  others: '其他任何程式',
  othersText:
    '在設定中尋找「OpenAI compatible」、「custom endpoint」或「base URL」，填入上方兩個值。若要求完整網址，請在後面加上 `/chat/completions`。',
  failing: '如果無法運作',
  failingUrl: '錯誤 404：基底網址應以 `/v1` 結尾，後面不加斜線。',
  failingKey: '錯誤 401：複製金鑰時帶了空白，或填到其他供應商的欄位。',
  failingModel: '錯誤 403：您的方案不含此模型。請選擇其他模型或更高的方案。',
} satisfies Translation<'docsClients'>;
