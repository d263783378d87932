import type { Modality, ModelKind } from '../domain/catalog.js';
import { DESCRIPTIONS } from '../domain/provider.js';
import { phrase } from './phrases.js';
import type { ImageFaultTexts, Texts } from './texts.js';
import { allListed, listed, size } from './texts.js';

const MODALITY_NAMES: Record<Modality, string> = {
  text: '文字',
  image: '圖片',
  file: '檔案',
  audio: '音訊',
  video: '影片',
};

const MODEL_KIND_NAMES: Record<ModelKind, string> = {
  chat: '對話',
  embedding: '向量嵌入',
  image: '圖片生成',
  speech: '語音合成',
  transcription: '語音轉文字',
  video: '影片生成',
  moderation: '內容審核',
};

const IMAGE_FAULTS: ImageFaultTexts = {
  not_a_data_url: '必須是 data:image/png;base64,... 的形式',
  type_not_allowed: '只接受 png、jpeg、webp 與 gif',
  not_base64: '「base64,」之後的內容不是有效的 base64',
  not_that_image: '內容與所宣告的類型不符',
};

export const zhTW: Texts = {
  // seed 004
  done: () => '操作成功',
  api_key_invalid: () => 'API密鑰無效或已過期',
  license_invalid: () => '授權金鑰無效或未啟用。請檢查金鑰與授權狀態。',
  license_missing: () =>
    '請求中沒有授權金鑰。請以標頭 Authorization: Bearer 傳送；也可使用 x-api-key 或 api-key。',
  required_fields_empty: () => 'api_key、model 或 prompt 是空的。請三者都填寫。',
  field_missing: ({ field }) => `缺少欄位「${field}」或其內容為空，請填寫。`,
  field_invalid: ({ field, expected }) =>
    `欄位「${field}」的值不正確，應為：${phrase('zh-TW', expected)}。`,
  field_unknown: ({ field, meant }) =>
    meant === undefined
      ? `無法識別欄位「${field}」，請將其移除。`
      : `無法識別欄位「${field}」，請改用「${meant}」或將其移除。`,
  field_not_served: ({ field, instead }) => `此處不支援「${field}」。${phrase('zh-TW', instead)}。`,
  previous_response_not_found: ({ id }) =>
    `此處沒有保存「${id}」：它未被儲存、已過期或已刪除。請在「input」中傳送完整對話。`,
  thread_not_kept: ({ field }) =>
    `這裡不會保存對話。請移除「${field}」，並在「messages」中傳送完整對話。`,
  text_not_well_formed: ({ field }) =>
    `欄位「${field}」的文字不是正確的 Unicode，或含有 NUL，請移除不成對的代理字元與 NUL 後再傳送。`,
  too_many_messages: ({ field, most }) => `「${field}」超過 ${most} 則訊息，請移除最舊的訊息。`,
  image_invalid: ({ field, reason }) => `無法使用「${field}」中的圖片：${IMAGE_FAULTS[reason]}。`,
  body_not_json: () => '請求內容不是有效的 JSON，請傳送一個 JSON 物件。',
  body_not_utf8: () => '請求內容不是有效的 UTF-8，請以 UTF-8 編碼傳送 JSON。',
  body_too_large: ({ mostBytes }) => `請求內容超過 ${size(mostBytes)}，請減少或縮小圖片與檔案。`,
  body_too_complex: () => '請求內容的巢狀層次過深，或欄位、值或短文字過多，請減少單次傳送的內容。',
  body_too_slow: () => '請求內容沒有送達，或傳送過慢，請重新傳送請求。',
  body_not_json_type: () => '請求內容未宣告為 JSON，請加上標頭 Content-Type: application/json。',
  body_compressed: () => '請求內容已壓縮，請直接傳送未壓縮的內容，並移除標頭 Content-Encoding。',
  body_charset: () => '請求內容宣告為其他字元編碼，請以 UTF-8 傳送 JSON。',
  body_is_form: () =>
    '請求內容是表單，請改傳 JSON：{"api_key": "...", "model": "...", "prompt": "..."}',
  body_not_form: () => '請求內容不是表單，請以 multipart/form-data 傳送。',
  body_malformed_form: () =>
    '請求內容與 Content-Type 所宣告的表單不符：分隔字串不同、內容不完整，或部分過多。請由您的函式庫產生 Content-Type，或減少部分數量。',
  method_not_allowed: ({ allowed }) => `此處不允許這個方法，請使用 ${allowed}。`,
  route_not_found: ({ suggestions }) =>
    suggestions.length > 0
      ? `這個網址沒有任何內容。您是不是要找：${listed(suggestions, '、')}？`
      : '這個網址沒有任何內容，請檢查路徑與 API 版本。',
  route_not_served: ({ instead }) => `此處不支援這項功能。${phrase('zh-TW', instead)}。`,
  model_not_found: ({ model, suggestions }) =>
    suggestions.length > 0
      ? `模型「${model}」不存在。您是不是要找：${listed(suggestions, '、')}？`
      : `模型「${model}」不存在。可由 GET /v1/models 取得模型清單。`,
  direct_not_in_plan: ({ plan, provider, minimumPlan }) =>
    `${plan.toUpperCase()} 方案不包含 ${DESCRIPTIONS[provider].name} 直連模型。使用 ${DESCRIPTIONS[provider].name} 需要 ${minimumPlan.toUpperCase()} 方案。`,
  model_not_in_plan: ({ plan, model, minimumPlan }) =>
    `${plan.toUpperCase()} 方案不包含模型 ${model}。使用此模型需要 ${minimumPlan.toUpperCase()} 方案。`,
  tools_not_supported: ({ model, models }) =>
    `模型 ${model} 不支援呼叫工具。${
      models.length > 0
        ? `您的方案中可呼叫工具的模型：${listed(models, '、')}。`
        : '您的方案中沒有可呼叫工具的模型，請移除 tools 或升級方案。'
    }`,
  kind_not_supported: ({ model, kind, models }) =>
    `模型 ${model} 不能用於${MODEL_KIND_NAMES[kind]}。${
      models.length > 0
        ? `您的方案中可用的模型：${listed(models, '、')}。`
        : '您的方案中沒有可用的模型，請升級方案。'
    }`,
  form_not_served: ({ model, models }) =>
    `此 API 不提供模型 ${model}。${
      models.length > 0
        ? `您的方案中可用的模型：${listed(models, '、')}。`
        : '請改用 POST /v1/chat/completions。'
    }`,
  content_not_supported: ({ model, modalities, models }) =>
    `模型 ${model} 不接受${allListed(modalities, MODALITY_NAMES, '、')}。${
      models.length > 0
        ? `您的方案中可接受的模型：${listed(models, '、')}。`
        : '您的方案中沒有可接受的模型，請移除該部分或升級方案。'
    }`,
  quota_exhausted: ({ provider }) =>
    `您本月的 ${DESCRIPTIONS[provider].quotaName} 額度已用完。請購買加購包，或等到下個月。`,
  key_quota_exhausted: ({ provider, name }) =>
    `金鑰「${name}」本月的 ${DESCRIPTIONS[provider].quotaName} 上限已用完。請調高此金鑰的上限，或等到下個月；授權本身的額度另計。`,
  wallet_exhausted: () => '您的餘額不足以支付此請求。請儲值、縮短請求，或等到下個月。',
  key_wallet_exhausted: ({ name }) =>
    `金鑰「${name}」本月剩餘的上限不足以支付此請求。請調高此金鑰的上限，或等到下個月；授權本身的餘額另計。`,
  kind_not_for_money: ({ plan, kind }) =>
    `${plan.toUpperCase()} 方案以金額計費，尚未提供用於${MODEL_KIND_NAMES[kind]}的模型。請選擇其他模型，或向商家詢問提供此功能的方案。`,
  upstream_rejected: ({ detail }) =>
    `未扣除任何額度。模型供應商未接受此請求${detail ? `：${detail}` : '。'}`,
  upstream_failed: () => '模型供應商沒有傳回可用的回應。未扣除任何額度，請再試一次。',
  upstream_timeout: () => '模型供應商未在時限內回應。未扣除任何額度，請再試一次，或縮短請求。',
  upstream_unavailable: () => '目前無法連線到此模型。未扣除任何額度，請稍後再試，或改用其他模型。',
  video_under_way: () => '此影片仍在製作中，結束後才能刪除。',
  service_unavailable: () => '服務目前無法使用，請於數秒後再試。',
  internal_error: () => '我們這邊發生錯誤。若再次發生，請將 X-Request-Id 告知客服。',
  value_not_storable: () =>
    '請求中有無法儲存的值：不存在的日期、過大的數字，或 NUL 之類的字元。請修正後再傳送。',
  outcome_unknown: () =>
    '服務在計數時失去資料庫連線：此請求可能已扣除額度，最多一次。再次傳送前請先查詢用量。',
  sign_in_failed: () => '電子郵件地址或密碼不正確。',
  webhook_unsigned: ({ secretName }) =>
    `此通知沒有簽章。請在商店的 Webhook 設定中，填入與本服務 ${secretName} 相同的密鑰。`,
  webhook_signature: ({ secretName }) =>
    `此通知的簽章不符。商店中 Webhook 的密鑰必須與本服務的 ${secretName} 相同。`,
  webhook_time: () => '此通知的簽章正確，但其時間與本服務相差超過五分鐘，請檢查兩邊伺服器的時鐘。',
  webhook_off: ({ secretName }) =>
    `本服務尚未設定此商店：沒有設定 Webhook 密鑰。請設定 ${secretName} 並重新啟動服務。`,
  checkout_off: () => '這裡無法購買：尚未設定可結帳的商店。請直接在商店購買。',
  unauthenticated: () => '您尚未登入，請在標頭 Authorization: Bearer 中提供有效的權杖。',
  forbidden: ({ role }) => `此操作需要${phrase('zh-TW', role)}角色，請向擁有者申請。`,
  session_needed: () => 'API 權杖無法建立其他 API 權杖。請以密碼登入，並送出該次登入的權杖。',
  master_key_needed: () => '此操作需要授權的主金鑰，或已登入的買家；其他金鑰無法執行。',
  idempotency_key_invalid: () => '標頭 Idempotency-Key 必須為 1 至 255 個可列印的 ASCII 字元。',
  idempotency_in_progress: () => '使用此 Idempotency-Key 的請求仍在處理中，請稍候一秒再送出。',
  idempotency_mismatch: () => '此 Idempotency-Key 已用於另一個請求，每個新請求請使用新的鍵。',
  idempotency_reply_lost: () =>
    '此 Idempotency-Key 的請求已扣除額度，但未保留其回應。若要重新詢問，請使用新的鍵。',
  rate_limited: () => '請求過於頻繁，請等待 Retry-After 所示的秒數後再試。',
  too_many_at_once: ({ most }) =>
    `此授權最多可同時執行 ${most} 個請求，目前已達上限。請待其中一個結束後再試。`,
  code_not_found: () => '沒有這組兌換碼。請逐字核對，或詢問提供者。',
  code_used: () => '此兌換碼已使用過，每組兌換碼只能使用一次。',
  code_expired: () => '此兌換碼已過期，請向提供者索取另一組。',
  code_product_unknown: () => '此兌換碼的商品目前不提供。兌換碼未被使用，請詢問提供者。',
  code_had_before: () => '每位買家只能領取一次，您已領取過。兌換碼未被使用，可轉送他人。',
  code_needs_license: () =>
    '此兌換碼為加購包，需要授權：請一併以 Authorization: Bearer 送出授權金鑰。兌換碼未被使用。',
  code_needs_active_license: ({ status }) =>
    `您的授權目前為${phrase('zh-TW', status)}。兌換碼未被使用，請於授權恢復有效後再兌換。`,
  code_needs_plan: ({ plan, minimumPlan }) =>
    `此兌換碼的加購包需要 ${minimumPlan.toUpperCase()} 方案，您的方案是 ${plan.toUpperCase()}。兌換碼未被使用，請升級方案後再兌換。`,
  link_not_valid: () => '此連結已失效：可能已使用過或已過期。請重新索取連結。',
  not_found: ({ what }) => `找不到此${phrase('zh-TW', what)}，請檢查您所要求的內容。`,
  request_not_found: () =>
    '找不到此識別碼的請求。請使用對話的 X-Request-Id：已處理的請求保留 13 個月，以有效金鑰送出而被拒絕的請求保留 90 天，其他則不保留。請逐字核對。',
  receipt_not_found: () =>
    '找不到此識別碼的請求收據。已送達模型的請求，其收據保留 13 個月；在此之前被拒絕的請求不收費，也沒有收據。識別碼即 X-Request-Id，請逐字核對。',
  export_not_found: ({ files }) => `沒有這個匯出檔。可匯出：${files.replaceAll(', ', '、')}。`,
  statement_not_found: ({ first, last }) =>
    `沒有這個月份的月結單。目前有 ${first} 至 ${last} 的月結單，更早的請求不再保留。`,
  conflict: ({ reason }) => `目前的狀態無法執行此操作：${phrase('zh-TW', reason)}`,
  confirmation_required: ({ plan, until }) =>
    `這個到期日已經過去，而 ${plan} 方案已付費${untilText(until)}：客戶會立即失去它。請更正日期；若確實要這樣做，請傳送 "confirm": true。`,
  second_factor_required: () => '請在欄位 code 一併傳送第二因素的驗證碼。',
  paid_plan_stops: ({ plan, until }) => `${plan} 方案已付費${untilText(until)}，客戶會立即失去它。`,
  paid_time_lost: ({ plan, until, ends }) =>
    `${plan} 方案已付費${untilText(until)}，但授權會在 ${ends} 就結束。`,
  below_paid_plan: ({ plan, lower, until }) =>
    `客戶已為 ${plan} 方案付費${untilText(until)}，之後只有 ${lower} 方案。`,
  grants_stop: ({ provider, units }) =>
    `加購包中尚未使用的 ${units} 次 ${DESCRIPTIONS[provider].quotaName} 請求將無法使用。`,
  subscription_goes_on: ({ shop }) => `商家 ${shop} 的訂閱會繼續並扣款，請也在那裡取消。`,
  license_ends: () => '授權會立即結束。',
  end_far_away: ({ year }) => `到期日在 ${year} 年，年份正確嗎？`,
  license_suspended: () => '授權當時已停用。',
  license_revoked: () => '授權當時已撤銷。',
  license_expired: () => '授權當時已到期。',
  key_withdrawn: ({ name, at }) => `名為「${name}」的金鑰已於 ${at} 收回。`,
  key_replaced: ({ name, at }) =>
    `${name === null ? '主金鑰' : `名為「${name}」的金鑰`}已更換，舊金鑰於 ${at} 失效。`,
};

function untilText(until: string | null): string {
  return until === null ? '（沒有到期日）' : `至 ${until}`;
}
