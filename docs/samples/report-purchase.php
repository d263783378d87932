<?php
// Reports a sale to Sahm: `php report-purchase.php https://sahm.example buyer@example.com`
[, $service, $email] = $argv;
$body = json_encode([
    'order_id' => 'order-of-' . $email,
    'line_id' => '1',
    'fact' => 'bought', // or renewed, cancelled, refunded
    'product' => 'vip-month', // an id of catalog/products.json
    'quantity' => 1,
    'email' => $email,
    'occurred_at' => gmdate('Y-m-d\TH:i:s\Z'),
]);
// The signature covers the bytes that are sent: sign and send the same string.
$time = time();
$v1 = hash_hmac('sha256', $time . '.' . $body, getenv('PURCHASE_WEBHOOK_SECRET'));
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => "Content-Type: application/json\r\nX-Signature: t=$time,v1=$v1\r\n",
    'content' => $body,
    'ignore_errors' => true,
    'timeout' => 20,
]]);
$answer = file_get_contents($service . '/webhooks/purchases', false, $context);
// 2xx: kept, whatever became of it. 5xx or no answer: send the same body again, with a new signature.
preg_match('/ (\d{3})/', $http_response_header[0] ?? '', $status);
echo ($status[1] ?? 'no answer'), ' ', $answer, PHP_EOL;
