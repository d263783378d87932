<?php
// A shop in one page, with an Iranian gateway: `zarinpal.php?product=vip-month&email=...` asks for a payment, and
// the gateway sends the buyer back here. SAHM_URL, PURCHASE_WEBHOOK_SECRET (Sahm's), MERCHANT_ID (the gateway's),
// CALLBACK_URL (this page, as the buyer's browser reaches it), ORDERS_DIR (a folder that no browser reaches).
const PRICES = ['vip-month' => 990000, '404' => 120000]; // toman, by the ids of catalog/products.json
$gateway = getenv('GATEWAY_URL') ?: 'https://payment.zarinpal.com';

function post_json(string $url, string $body, array $headers = []): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => implode("\r\n", ['Content-Type: application/json', 'Accept: application/json', ...$headers]),
        'content' => $body,
        'ignore_errors' => true,
        'timeout' => 20,
    ]]);
    $answer = @file_get_contents($url, false, $context);
    preg_match('/ (\d{3})/', $http_response_header[0] ?? '', $status);
    return [(int) ($status[1] ?? 0), json_decode((string) $answer, true)];
}

function order_file(string $authority): string
{
    return getenv('ORDERS_DIR') . '/' . preg_replace('/[^A-Za-z0-9]/', '', $authority) . '.json';
}

function stop(int $status, string $text): never
{
    http_response_code($status);
    header('Content-Type: text/plain; charset=utf-8');
    exit($text . "\n");
}

if (isset($_GET['product'])) {
    $product = (string) $_GET['product'];
    $email = filter_var($_GET['email'] ?? '', FILTER_VALIDATE_EMAIL);
    if (!isset(PRICES[$product]) || !$email) stop(400, 'محصول یا ایمیل درست نیست.');
    [, $answer] = post_json("$gateway/pg/v4/payment/request.json", json_encode([
        'merchant_id' => getenv('MERCHANT_ID'),
        'amount' => PRICES[$product],
        'currency' => 'IRT',
        'description' => $product,
        'callback_url' => getenv('CALLBACK_URL'),
        'metadata' => ['email' => $email],
    ]));
    $authority = $answer['data']['authority'] ?? '';
    if ($authority === '') stop(502, 'درگاه پاسخ نداد. دوباره تلاش کنید.');
    file_put_contents(order_file($authority), json_encode(['product' => $product, 'email' => $email]));
    header("Location: $gateway/pg/StartPay/$authority");
    stop(302, '');
}

// The buyer came back. Whether it is paid, only the gateway can say.
$authority = (string) ($_GET['Authority'] ?? '');
$order = json_decode((string) @file_get_contents(order_file($authority)), true);
if (!$order) stop(404, 'این سفارش پیدا نشد.');
[, $verified] = post_json("$gateway/pg/v4/payment/verify.json", json_encode([
    'merchant_id' => getenv('MERCHANT_ID'),
    'amount' => PRICES[$order['product']],
    'authority' => $authority,
]));
// 100 is paid, 101 is paid and verified before: both are reported, and Sahm counts nothing twice.
if (!in_array($verified['data']['code'] ?? 0, [100, 101], true)) stop(402, 'پرداخت انجام نشد.');
$order['paid_at'] ??= gmdate('Y-m-d\TH:i:s\Z');
file_put_contents(order_file($authority), json_encode($order));
$body = json_encode([
    'order_id' => $authority,
    'line_id' => '1',
    'fact' => 'bought',
    'product' => $order['product'],
    'quantity' => 1,
    'amount' => (string) PRICES[$order['product']],
    'currency' => 'IRT',
    'email' => $order['email'],
    'occurred_at' => $order['paid_at'],
]);
// The signature covers the bytes that are sent: sign and send the same string.
$time = time();
$v1 = hash_hmac('sha256', $time . '.' . $body, getenv('PURCHASE_WEBHOOK_SECRET'));
[$status] = post_json(getenv('SAHM_URL') . '/webhooks/purchases', $body, ["X-Signature: t=$time,v1=$v1"]);
// If Sahm does not answer, the buyer opens this page again: nothing is lost, and nothing counted twice.
if ($status < 200 || $status > 299) stop(503, 'پرداخت شد، ولی هنوز ثبت نشده است. همین صفحه را چند دقیقهٔ دیگر دوباره باز کنید.');
stop(200, 'پرداخت انجام شد. پیوند کلید به ایمیل شما فرستاده می‌شود.');
