// Variants of the ledger's functions in SQL, for `npm run mutants:sql`: each is wrong in one way that changes what is
// counted, for whom or when. Of a function: the test files that should notice (the fastest first), and the variants: what
// the function says, exactly once, and what it is made to say; then why that does the same, where it does.

const LEDGER = ['ledger', 'ledgerProperty'];
const NAMED = ['namedKeysLedger'];
const WALLET = ['walletLedger'];
/** What every hold checks by itself. */
const CHECKS = ['holdChecks'];

export const VARIANTS = [
  {
    name: 'sahm_month',
    tests: ['months', 'ledger'],
    variants: [
      ['starts_at <= instant', 'starts_at < instant'],
      ['ORDER BY starts_at DESC', 'ORDER BY starts_at'],
      ['AT TIME ZONE zone', "AT TIME ZONE 'UTC'"],
      ['coalesce(found_label, to_char', 'coalesce(NULL, to_char'],
    ],
  },
  {
    name: 'sahm_month_ends',
    tests: ['months', 'ledger'],
    variants: [
      ['WHERE label = month', 'ORDER BY label LIMIT 1'],
      ["interval '1 month'", "interval '30 days'"],
      ['AT TIME ZONE zone', "AT TIME ZONE 'UTC'"],
      ['SELECT ends_at', 'SELECT starts_at'],
    ],
  },
  {
    name: 'sahm_entitled',
    tests: ['ledger', 'givenForATime', 'ledgerProperty'],
    variants: [
      ['own.until > sahm_now()', 'own.until >= sahm_now()'],
      ['AND (own.until IS NULL OR own.until > sahm_now())', ''],
      [" AND pack.state = 'active'", ''],
      ["pack.lasts = 'month' AND pack.period = this_period", "pack.lasts = 'month'"],
      ["pack.lasts = 'subscription' OR", "pack.lasts <> 'month' OR"],
      ['pack.provider = each.provider AND', ''],
      ['coalesce(sum(pack.entitled), 0)', 'coalesce(sum(pack.units), 0)'],
      ['pack.license_id = license.id AND', ''],
    ],
  },
  {
    name: 'sahm_open_periods',
    tests: ['ledger', 'ledgerProperty', 'months'],
    variants: [
      ['entitled.plan_limit + entitled.addon_limit', 'entitled.plan_limit'],
      ['DO NOTHING', '(license_id, period, provider) DO UPDATE SET held = 0'],
      ['this_period, allowances) entitled', 'NULL, allowances) entitled'],
      ['PERFORM FROM license WHERE id = ANY (license_ids) ORDER BY id FOR SHARE;', ''],
    ],
  },
  {
    name: 'sahm_hold_own',
    tests: CHECKS,
    variants: [
      [" AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['license_key.valid_until > instant', 'license_key.valid_until >= instant'],
      ['SELECT license_key.license_id = each.license_id', 'SELECT true'],
    ],
  },
  {
    name: 'sahm_hold_own',
    tests: ['ledger', 'ledgerProperty', 'months'],
    variants: [
      ['own.held + want.total <=', 'own.held + want.size <='],
      ['own.plan_limit + own.addon_limit', 'own.plan_limit', 'sahm_hold_any holds it then'],
      ['<= own.plan_limit', '< own.plan_limit', 'sahm_hold_any holds it then'],
      ['held = own.held + want.total', 'held = own.held + want.size'],
      ['AND own.provider = want.provider AND want.is_allowed', 'AND want.is_allowed'],
      ["AND lasts = 'until-used'", ''],
      ["interval '1 millisecond'", "interval '2 milliseconds'"],
      ['WHERE starts_at <= instant', 'WHERE starts_at < instant'],
      ['AND own.period = this_period', ''],
    ],
  },
  {
    name: 'sahm_hold_any',
    tests: CHECKS,
    variants: [
      ['AND license.version = want.version', ''],
      [" AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['license_key.valid_until > instant', 'license_key.valid_until >= instant'],
      ['AND license_key.license_id = want.license_id', ''],
    ],
  },
  {
    name: 'sahm_hold_any',
    tests: LEDGER,
    variants: [
      ['- used - held) / size AS takes', '- used) / size AS takes'],
      ['- used) / size AS could_take', '- used - held) / size AS could_take'],
      ['sum(could_take) > 0', 'sum(could_take) >= 0'],
      ['pack.license_id = own.license_id AND pack.provider', 'pack.provider'],
      [' AND pack.provider = own.provider', ''],
      [
        'greatest(0, plan_limit + addon_limit - used - held)',
        '(plan_limit + addon_limit - used - held)',
      ],
      [
        'greatest(0, pack.entitled - pack.used - pack.held)',
        '(pack.entitled - pack.used - pack.held)',
      ],
      ['pack.created_at, pack.id', 'pack.id'],
      ["AND lasts = 'until-used'", ''],
      ['new_hold.turn <= span.upto', 'new_hold.turn < span.upto'],
      ['held = pack.held + taken.units', 'held = pack.held + 1'],
    ],
  },
  {
    name: 'sahm_hold_named',
    tests: CHECKS,
    variants: [
      ['license.version = want.version AND', ''],
      [" AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['AND license_key.license_id = want.license_id', ''],
    ],
  },
  {
    name: 'sahm_hold_named',
    tests: NAMED,
    variants: [
      [
        `key_id FROM want))
      AND (valid_until IS NULL OR valid_until > instant)`,
        'key_id FROM want))',
      ],
      ['month.own_limit - month.used - month.held', 'month.own_limit - month.used'],
      ['month.own_limit - month.used >=', 'month.own_limit - month.used >'],
      ['month.own_limit - month.used >=', 'month.own_limit - month.used - month.held >='],
      ['greatest(0, coalesce(', '(0 + coalesce('],
      ['held = month.held + taken.units', 'held = month.held'],
      ['THEN greatest(month.highest_limit, taken.own_limit)', 'THEN month.highest_limit'],
      ['new_hold.turn <= fits', 'new_hold.turn < fits'],
      ['AND month.provider = want.provider', ''],
      ["'used', used", "'used', used + 1"],
    ],
  },
  {
    name: 'sahm_hold_keys',
    tests: CHECKS,
    variants: [
      ['license.version = each.version AND', ''],
      [" AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['AND (valid_until IS NULL OR valid_until > instant)', ''],
      ['AND license_key.license_id = each.license_id', ''],
    ],
  },
  {
    name: 'sahm_hold_keys',
    tests: NAMED,
    variants: [
      ['AND own.used + own.held + quota.total <= own.plan_limit + own.addon_limit', ''],
      ['key_taken + key_total <= own_limit', 'key_taken <= own_limit'],
      ['month.used + month.held AS key_taken', 'month.used AS key_taken'],
      ['(license_key.named_key_id IS NULL OR month.named_key_id IS NOT NULL)', 'true'],
      ['held = month.held + taken.units', 'held = month.held'],
      ['held = own.held + quota.total', 'held = own.held'],
      ['greatest(0, entitled - used)', 'entitled'],
      ['THEN greatest(month.highest_limit, taken.own_limit)', 'THEN month.highest_limit'],
      ['sum(total) OVER (PARTITION BY license_key.named_key_id, each.provider)', 'total'],
      [
        'PARTITION BY license_key.named_key_id, each.provider',
        'PARTITION BY license_key.named_key_id',
      ],
      ['AND month.provider = each.provider', ''],
    ],
  },
  {
    name: 'sahm_hold_once',
    tests: CHECKS,
    variants: [
      [' AND license.version = want.version', ''],
      ["AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)', ''],
      ['license.id = want.license_id AND', ''],
    ],
  },
  {
    name: 'sahm_hold_once',
    tests: ['ledger', 'idempotency', 'namedKeysLedger', 'walletLedger'],
    variants: [
      ["<= instant - interval '24 hours'", "< instant - interval '24 hours'"],
      ["('voided', 'expired')", "('voided')"],
      ["('voided', 'expired')", "('voided', 'expired', 'posted')"],
      ["'same', claim.fingerprint = body", "'same', true"],
      [' AND claim.fingerprint = body', ''],
      ['SET is_given = true', 'SET is_given = false'],
      ['reply = NULL, is_given', 'is_given'],
      ['is_given = false, created_at = excluded.created_at', 'is_given = false'],
      [
        `END IF;
  DELETE FROM idempotency_claim claim
  WHERE claim.license_id = want.license_id AND claim.key_digest = digest;`,
        'END IF;',
      ],
      ["IF answer->>'verdict' <> 'held' THEN", 'IF false THEN'],
      ["'reserved', answer->'quotas'->0->'reserved'", "'reserved', true"],
    ],
  },
  {
    name: 'sahm_hold_once_named',
    tests: NAMED,
    variants: [
      [":= (room->>'fits')::int = 0", ':= false'],
      ['CASE WHEN is_full_of_its_own', 'CASE WHEN NOT is_full_of_its_own'],
      ["NOT (room->>'is_opened')::boolean", 'false'],
      [" OR json_array_length(answer->'quotas') > 0", ''],
    ],
  },
  {
    name: 'sahm_hold_once_wallet',
    tests: WALLET,
    variants: [
      ["'affords', one->'affords'", "'affords', one->'units'"],
      ["'reserved', one->'reserved'", "'reserved', true"],
      ["'room', one->'room'", "'room', NULL"],
      ["'units', one->'units'", "'units', one->'affords'"],
    ],
  },
  {
    name: 'sahm_hold_turn',
    tests: CHECKS,
    variants: [
      [' AND license.version = want.version', ''],
      [" AND license.state = 'active'", ''],
      ['AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)', ''],
    ],
  },
  {
    name: 'sahm_hold_turn',
    tests: ['turns'],
    variants: [
      ["hold.state = 'posted' AND", ''],
      ['hold.units >= want.size AND', ''],
      ['hold.units >= want.size', 'hold.units > want.size'],
      ['hold.period = this_period', 'true'],
      ['AND hold.named_key_id IS NOT DISTINCT FROM known.named_key_id', ''],
      ["AND begun_at > instant - asked.minutes * interval '1 minute'", ''],
      [' AND provider = want.provider', ''],
      ['AND conversation = asked.conversation', ''],
      ['EXIT WHEN cardinality(counting) < asked.follow_ups;', 'EXIT;'],
      ["hold.state IN ('pending', 'posted')) <", "hold.state IN ('pending', 'posted')) + 1 <"],
      ["told) AND state IN ('pending', 'posted')", "told) AND state IN ('posted')"],
      ['ORDER BY begun_at DESC', 'ORDER BY begun_at'],
      ['calls = counting ||', "calls = '{}' ||"],
    ],
  },
  {
    name: 'sahm_hold_wallets',
    tests: CHECKS,
    variants: [
      [' AND license.version = want.version', ''],
      [" AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)', ''],
      [
        'AND want.license_id = coalesce(',
        'AND license.id IS NOT NULL OR want.license_id = coalesce(',
      ],
    ],
  },
  {
    name: 'sahm_hold_wallets',
    tests: WALLET,
    variants: [
      ['- used - held, plan_limit', '- used, plan_limit'],
      [
        `- used
      INTO own_room`,
        `- used - held
      INTO own_room`,
      ],
      ['coalesce(own_limit - used - held, want.size)', 'coalesce(own_limit - used, want.size)'],
      ['coalesce(own_limit - used, want.size)', 'coalesce(own_limit - used - held, want.size)'],
      ['>= want.least)::int', '> want.least)::int'],
      ['IF room < want.size', 'IF room < want.least'],
      [
        "AND state = 'active' AND provider = 'all' AND entitled > used) pack",
        "AND provider = 'all' AND entitled > used) pack",
      ],
      ['entitled - used - held, entitled - used,', 'entitled - used, entitled - used,'],
      ['ORDER BY created_at, id)', 'ORDER BY created_at DESC, id)'],
      ['pack.room DESC, pack.turn', 'pack.room, pack.turn'],
      ['max(pack.could) OVER ()', 'pack.could'],
      ['least(want.size, room, key_room)', 'least(want.size, room)'],
      ['IF affords < want.least', 'IF affords <= want.least'],
      ['least(could, key_could) >=', 'could >='],
      ['least(could, key_could) >=', 'least(could, key_could) >'],
      ['least(affords, want.first)', 'affords'],
      ['own_room := own_room - granted;', ''],
      ['changed_by[cardinality(changed_by)] + granted', 'granted'],
      ['held = held + granted', 'held = held'],
      ['month.held + granted', 'month.held'],
      ['THEN greatest(month.highest_limit, (key_told', 'THEN least(month.highest_limit, (key_told'],
      ['IF at_license IS DISTINCT FROM want.license_id', 'IF at_license IS NULL'],
      [
        '(at_license, at_key, at_version) IS DISTINCT FROM (want.license_id, want.key_id, want.version)',
        '(at_license, at_version) IS DISTINCT FROM (want.license_id, want.version)',
      ],
    ],
  },
  {
    name: 'sahm_hold_wallets_own',
    tests: CHECKS,
    variants: [
      ['license.version = each.version AND', ''],
      [" AND license.state = 'active'", ''],
      ['license.expires_at > instant', 'license.expires_at >= instant'],
      ['license.changes_at > instant', 'license.changes_at >= instant'],
      ['AND (license_key.valid_until IS NULL OR license_key.valid_until > instant)', ''],
      ['SELECT license_key.license_id = each.license_id', 'SELECT true'],
    ],
  },
  {
    name: 'sahm_hold_wallets_own',
    tests: WALLET,
    variants: [
      ['AND own.used + own.held + want.total + want.most <= own.plan_limit + own.addon_limit', ''],
      ['own.used + own.held + want.total', 'own.used + want.total'],
      [' + want.most', ''],
      ['held = own.held + want.total', 'held = own.held'],
      ['greatest(0, entitled - used)', 'entitled'],
      ["AND own.provider = 'all' AND want", 'AND want'],
    ],
  },
  {
    name: 'sahm_settle',
    tests: ['walletLedger', 'ledger', 'namedKeysLedger'],
    variants: [
      ["CASE WHEN hold.unit IS NULL THEN hold.provider ELSE 'all' END", 'hold.provider'],
      [' AND sent_to IS NOT NULL)', ')', 'sahm_post_more asks for it again'],
      ["state = 'posted' AND wanted > held", 'wanted > held', 'sahm_post_more asks for it again'],
      ["CASE state WHEN 'active' THEN entitled ELSE 0 END", 'entitled'],
      ['coalesce(want.answered_by, hold.model)', 'hold.model'],
      ["'provider', provider, 'used', used", "'provider', provider, 'used', 0"],
      ['ended := sahm_post_more(ended, wants);', 'PERFORM sahm_post_more(ended, wants);'],
    ],
  },
  {
    name: 'sahm_settle_kept',
    tests: ['idempotency', 'ledger', 'walletLedger'],
    variants: [
      ["(answer->'ended'->0->>'license_id')::uuid", 'license_id', 'one hold has one claim'],
      ['AND key_digest = digest', '', 'one hold has one claim'],
      ["AND hold_id = (answer->'ended'->0->>'id')::uuid", ''],
      ['SET reply = sealed', 'SET reply = reply'],
    ],
  },
  {
    name: 'sahm_expire',
    tests: ['ledger', 'walletLedger', 'lockedRows'],
    variants: [
      ['ended_at IS NULL AND', ''],
      [
        "CASE WHEN unit IS NULL THEN provider ELSE 'all' END",
        'provider',
        'it fails, and sahm_expire_apart does it',
      ],
      ['units AS held', '0 AS held'],
      ["state = 'expired'", "state = 'voided'"],
      ['RETURN cardinality(ended);', 'RETURN 0;'],
      ['FOR UPDATE SKIP LOCKED', 'FOR UPDATE', 'it fails, and sahm_expire_apart does it'],
    ],
  },
  {
    name: 'sahm_expire_apart',
    tests: ['lockedRows', 'jobs'],
    variants: [
      ['AND lease_ends_at <= sahm_now()', ''],
      ['sum(present) > sum(free)', 'sum(present) >= sum(free)'],
      ['id = ANY (hold_ids) AND license_id <> ALL (locked_ids)', 'id = ANY (hold_ids)'],
      ["CASE WHEN unit IS NULL THEN provider ELSE 'all' END", 'provider'],
      ['units AS held', '0 AS held'],
      ['WHEN integrity_constraint_violation', 'WHEN division_by_zero'],
      [
        'UNION ALL SELECT license_id, 1, 0 FROM license_grant WHERE license_id = ANY (license_ids)',
        '',
      ],
      [
        `UNION ALL SELECT license_id, 1, 0 FROM named_key JOIN named_key_month month
          ON month.named_key_id = named_key.id WHERE license_id = ANY (license_ids)`,
        '',
      ],
      ['expired := expired + cardinality(ended)', 'expired := 0'],
    ],
  },
  {
    name: 'sahm_count_ended',
    tests: [...WALLET, 'ledger', ...NAMED],
    variants: [
      ['month.held - change.held', 'month.held'],
      ['month.used + change.used', 'month.used'],
      [
        "coalesce(sum(units) FILTER (WHERE state = 'posted'), 0)::bigint AS used",
        'sum(units)::bigint AS used',
      ],
      ["coalesce(sum(units) FILTER (WHERE state = 'posted'), 0) AS used", 'sum(units) AS used'],
      ['AND month.provider = change.provider', ''],
      ['AND month.period = change.period', ''],
      ['held = pack.held - locked.held', 'held = pack.held'],
      ['held = own.held - change.held', 'held = own.held'],
      ['sum(ended.held) FILTER (WHERE grant_id IS NULL)', 'sum(ended.held)'],
      ['own.grants_used + change.grants_used', 'own.grants_used'],
      ["grant_id IS NOT NULL AND state = 'posted'", 'grant_id IS NOT NULL'],
      [
        'AND own.license_id = change.license_id AND own.period = change.period',
        'AND own.license_id = change.license_id',
      ],
      ['AND own.provider = change.provider', ''],
      [
        `sent_to IS NOT NULL AND state = 'posted'
    GROUP BY`,
        `sent_to IS NOT NULL
    GROUP BY`,
      ],
      ['known.used + excluded.used', 'excluded.used'],
    ],
  },
  {
    name: 'sahm_counters_in',
    tests: ['ledger', 'ledgerProperty', 'walletLedger'],
    variants: [
      ['own.held + pack.held', 'own.held'],
      [" FILTER (WHERE state = 'active')", ''],
      ['greatest(0, entitled - used)', '(entitled - used)'],
      [" AND lasts = 'until-used'", ''],
      ['AND provider = own.provider ', ''],
      [' AND used_of.period = own.period', ''],
      [' AND own.period = ANY (periods)', ''],
    ],
  },
  {
    name: 'sahm_counters',
    tests: LEDGER,
    variants: [
      ['sahm_counters_in(license_ids, periods', 'sahm_counters_in(license_ids[1:1], periods'],
    ],
  },
  {
    name: 'sahm_extend',
    tests: WALLET,
    variants: [
      ["state = 'pending' AND unit", 'unit'],
      ['more := want.units - known.units', 'more := want.units'],
      ['plan_limit + addon_limit - used - held', 'plan_limit + addon_limit - used'],
      [
        "CASE state WHEN 'active' THEN least(more, entitled - used - held) ELSE 0 END",
        'least(more, entitled - used - held)',
      ],
      ['entitled - used - held', 'entitled - used'],
      ['own_limit - used - held', 'own_limit - used'],
      ['more := greatest(0, more)', 'more := coalesce(more, 0)'],
      ['units = units + more WHERE', 'units = want.units WHERE'],
      ['UPDATE quota_period SET held = held + more', 'UPDATE quota_period SET held = held'],
      ['UPDATE license_grant SET held = held + more', 'UPDATE license_grant SET held = held'],
      ['UPDATE named_key_month SET held = held + more', 'UPDATE named_key_month SET held = held'],
      ['THEN greatest(highest_limit, own_limit)', 'THEN highest_limit'],
      [
        `INTO more FROM quota_period
      WHERE license_id = known.license_id AND period = known.period AND`,
        `INTO more FROM quota_period
      WHERE license_id = known.license_id AND`,
      ],
    ],
  },
  {
    name: 'sahm_post_more',
    tests: WALLET,
    variants: [
      ['plan_limit + addon_limit - used - held', 'plan_limit + addon_limit - used'],
      ['entitled - used - held', 'entitled - used'],
      ['own_limit - used - held', 'own_limit - held'],
      ['own_limit - used - held', 'own_limit - used'],
      ['UPDATE license_grant SET used = used + more', 'UPDATE license_grant SET used = used'],
      ['UPDATE wallet_use SET used = used + more', 'UPDATE wallet_use SET used = used'],
      ['UPDATE named_key_month SET used = used + more', 'UPDATE named_key_month SET used = used'],
      ['THEN greatest(highest_limit, own_limit)', 'THEN highest_limit'],
      ['held_units = one.held', 'held_units = NULL'],
      [
        "CASE state WHEN 'active' THEN least(more, entitled - used - held) ELSE 0 END",
        'least(more, entitled - used - held)',
      ],
      ["each.state = 'posted' AND", ''],
      ['AND each.sent_to IS NOT NULL', ''],
      ['THEN 0 ELSE more END', 'THEN 0 ELSE 0 END'],
      ['ended[one.place].units := one.units + more;', ''],
    ],
  },
];
