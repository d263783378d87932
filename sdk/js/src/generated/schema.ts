export interface paths {
    "/api/chat_v3": {
        /** A chat in the MyAIHub dialect */
        post: operations["post_api_chat_v3"];
    };
    "/v1/chat/completions": {
        /** A chat in OpenAI’s dialect */
        post: operations["post_v1_chat_completions"];
    };
    "/v1/estimate": {
        /** What a chat would cost at most, and whether that is left; nothing is sent */
        post: operations["post_v1_estimate"];
    };
    "/v1/models": {
        /** The models; with a key, whether it may use each */
        get: operations["get_v1_models"];
    };
    "/v1/models/{id}": {
        /** One model */
        get: operations["get_v1_models_id"];
    };
    "/api/license/notices": {
        /** Which mails the buyer gets */
        get: operations["get_api_license_notices"];
        /** Switches kinds of mails on and off, and says in which language they come */
        patch: operations["patch_api_license_notices"];
    };
    "/api/license": {
        /** The license of the key, what is left of it, and its add-ons */
        get: operations["get_api_license"];
    };
    "/api/license/status": {
        /** As GET /api/license, in the MyAIHub dialect */
        post: operations["post_api_license_status"];
    };
    "/api/license/usage": {
        /** Charged requests, tokens and cost by day, model, provider, key or user */
        get: operations["get_api_license_usage"];
    };
    "/api/license/requests": {
        /** Requests one by one, newest first: what they cost and how they ended */
        get: operations["get_api_license_requests"];
    };
    "/api/license/purchases": {
        /** What was paid for the license and what went back, newest first */
        get: operations["get_api_license_purchases"];
    };
    "/api/license/refusals": {
        /** Refused chats one by one, newest first, and why; the newest 1,000 of 90 days */
        get: operations["get_api_license_refusals"];
    };
    "/api/license/balance": {
        /** Why so much is left of a month: everything that changed it, each with the sum then */
        get: operations["get_api_license_balance"];
    };
    "/api/license/statements": {
        /** The months that there are statements of, newest first */
        get: operations["get_api_license_statements"];
    };
    "/api/license/statements/{period}": {
        /** The statement of a month: what was charged and what is left; JSON is signed */
        get: operations["get_api_license_statements_period"];
    };
    "/api/license/requests/{id}/receipt": {
        /** The signed receipt of a request: what was charged for it, and why */
        get: operations["get_api_license_requests_id_receipt"];
    };
    "/api/license/rotate": {
        /** A new key; both work in the grace time. Asked again with the old key: the same one */
        post: operations["post_api_license_rotate"];
    };
    "/api/license/keys": {
        /** A license’s named keys with their limits and this month’s usage, newest first */
        get: operations["get_api_license_keys"];
        /** A new named key; its secret is shown this once */
        post: operations["post_api_license_keys"];
    };
    "/api/license/keys/{key}": {
        /** Withdraws a named key for good, at once on every replica */
        delete: operations["delete_api_license_keys_key"];
        /** Changes a named key’s name, its limits (null: only the license’s) and requests a minute */
        patch: operations["patch_api_license_keys_key"];
    };
    "/api/license/keys/{key}/rotate": {
        /** A new secret of a named key, shown this once; both work in the grace time */
        post: operations["post_api_license_keys_key_rotate"];
    };
    "/admin/api/session": {
        /** Signs in; sets the cookie that renews the token */
        post: operations["post_admin_api_session"];
        /**
         * Signs out, at once and everywhere
         * @description Needs the role viewer.
         */
        delete: operations["delete_admin_api_session"];
    };
    "/admin/api/session/refresh": {
        /** A new token for the session of the cookie, else of the bearer token */
        post: operations["post_admin_api_session_refresh"];
    };
    "/admin/api/session/password": {
        /**
         * A new password of your own; ends your other sessions and your API tokens
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_session_password"];
    };
    "/admin/api/session/second-factor": {
        /**
         * Whether your second factor is on, and how many recovery codes are left
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_session_second_factor"];
        /**
         * A secret for an app of one-time codes; it counts once a code of it is confirmed
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_session_second_factor"];
    };
    "/admin/api/session/second-factor/confirm": {
        /**
         * Switches your second factor on with a code of the app; the answer has the recovery codes, this once. Ends your other sessions
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_session_second_factor_confirm"];
    };
    "/admin/api/session/second-factor/remove": {
        /**
         * Switches your second factor off, with your password and a code (or a recovery code)
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_session_second_factor_remove"];
    };
    "/admin/api/licenses/bulk": {
        /**
         * Changes many licenses, a line each, from a list or a file; a rehearsal first says what would happen
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_bulk"];
    };
    "/admin/api/licenses": {
        /**
         * Licenses, newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses"];
        /**
         * Issues a license; the answer has its key
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses"];
    };
    "/admin/api/licenses/lookup": {
        /**
         * The license of a key, also of one that is no longer valid, and which of its keys that is
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_licenses_lookup"];
    };
    "/admin/api/licenses/{id}": {
        /**
         * A license with its balance and its grants
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id"];
        /**
         * Changes plan (also for a time), expiry, note, the buyer (email), own limits (also for a time), requests a minute and at once
         * @description Needs the role operator.
         */
        patch: operations["patch_admin_api_licenses_id"];
    };
    "/admin/api/licenses/{id}/undo": {
        /**
         * Takes back the last change of plan, expiry, limits, note, rate limit or concurrency, and says which; refused if a grant, a key or a state of the license changed since
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_undo"];
    };
    "/admin/api/licenses/{id}/send-key": {
        /**
         * Mails the buyer a new link to the key
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_send_key"];
    };
    "/admin/api/licenses/{id}/suspend": {
        /**
         * Makes a license suspended, at once on every replica
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_suspend"];
    };
    "/admin/api/licenses/{id}/reinstate": {
        /**
         * Makes a license active, at once on every replica
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_reinstate"];
    };
    "/admin/api/licenses/{id}/revoke": {
        /**
         * Makes a license revoked, at once on every replica
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_revoke"];
    };
    "/admin/api/licenses/{id}/timeline": {
        /**
         * Everything that happened to a license, newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_timeline"];
    };
    "/admin/api/licenses/{id}/requests": {
        /**
         * Requests of a license, newest first: what was asked, how it ended, what it cost and from which bucket
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_requests"];
    };
    "/admin/api/licenses/{id}/refusals": {
        /**
         * Refused chats of a license, newest first, and why; the newest 1,000 of 90 days
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_refusals"];
    };
    "/admin/api/requests/{id}": {
        /**
         * What became of the chat with this X-Request-Id
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_requests_id"];
    };
    "/admin/api/licenses/{id}/balance": {
        /**
         * Why so much is left of a month: everything that changed it, each with the sum then
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_balance"];
    };
    "/admin/api/licenses/{id}/statements": {
        /**
         * The months of a license that there are statements of, newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_statements"];
    };
    "/admin/api/licenses/{id}/statements/{period}": {
        /**
         * The statement of a month: what was charged and what is left; JSON is signed
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_statements_period"];
    };
    "/admin/api/requests/{id}/receipt": {
        /**
         * The signed receipt of a request: what was charged for it, and why
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_requests_id_receipt"];
    };
    "/admin/api/licenses/{id}/rotate": {
        /**
         * A new key; both work in the grace time. The same Idempotency-Key again gives the same key
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_rotate"];
    };
    "/admin/api/licenses/{id}/reveal": {
        /**
         * The current key, read again; the audit log says by whom
         * @description Needs the role owner.
         */
        post: operations["post_admin_api_licenses_id_reveal"];
    };
    "/admin/api/licenses/{id}/keys": {
        /**
         * A license’s named keys with their limits and this month’s usage, newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_licenses_id_keys"];
        /**
         * A new named key; its secret is shown this once
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_keys"];
    };
    "/admin/api/licenses/{id}/keys/{key}": {
        /**
         * Withdraws a named key for good, at once on every replica
         * @description Needs the role operator.
         */
        delete: operations["delete_admin_api_licenses_id_keys_key"];
        /**
         * Changes a named key’s name, its limits (null: only the license’s) and requests a minute
         * @description Needs the role operator.
         */
        patch: operations["patch_admin_api_licenses_id_keys_key"];
    };
    "/admin/api/licenses/{id}/keys/{key}/rotate": {
        /**
         * A new secret of a named key, shown this once; both work in the grace time
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_keys_key_rotate"];
    };
    "/admin/api/licenses/{id}/grants": {
        /**
         * Gives an add-on product, or so many units with a reason; for good or for a time
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_licenses_id_grants"];
    };
    "/admin/api/licenses/{id}/grants/{grant}": {
        /**
         * Takes back what is not used of a grant
         * @description Needs the role operator.
         */
        delete: operations["delete_admin_api_licenses_id_grants_grant"];
    };
    "/admin/api/purchases": {
        /**
         * What shops reported, newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_purchases"];
    };
    "/admin/api/purchases/{id}": {
        /**
         * One event, as it came
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_purchases_id"];
    };
    "/admin/api/purchases/{id}/replay": {
        /**
         * Tries again to apply an event
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_purchases_id_replay"];
    };
    "/admin/api/purchases/{id}/assign": {
        /**
         * Says whose the order of an event is, by license or by e-mail, and applies it
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_purchases_id_assign"];
    };
    "/admin/api/purchases/{id}/settle": {
        /**
         * Closes an event, and its order if that had no effect yet, with a note
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_purchases_id_settle"];
    };
    "/admin/api/codes": {
        /**
         * Codes and what became of them, newest first; never the codes themselves
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_codes"];
        /**
         * New codes, each worth a product; they are shown this once
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_codes"];
    };
    "/admin/api/codes/{id}": {
        /**
         * Withdraws a code that nobody used
         * @description Needs the role operator.
         */
        delete: operations["delete_admin_api_codes_id"];
    };
    "/admin/api/notices": {
        /**
         * Notices with their deliveries, newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_notices"];
    };
    "/admin/api/notices/{id}/redeliver": {
        /**
         * Delivers a notice again: to all endpoints, and by mail where that failed
         * @description Needs the role operator.
         */
        post: operations["post_admin_api_notices_id_redeliver"];
    };
    "/admin/api/webhook-endpoints": {
        /**
         * Where notices are posted to
         * @description Needs the role owner.
         */
        get: operations["get_admin_api_webhook_endpoints"];
        /**
         * A new webhook endpoint; its secret is shown this once
         * @description Needs the role owner.
         */
        post: operations["post_admin_api_webhook_endpoints"];
    };
    "/admin/api/webhook-endpoints/{id}": {
        /**
         * Removes an endpoint, with its deliveries
         * @description Needs the role owner.
         */
        delete: operations["delete_admin_api_webhook_endpoints_id"];
        /**
         * Changes URL or kinds, disables or enables
         * @description Needs the role owner.
         */
        patch: operations["patch_admin_api_webhook_endpoints_id"];
    };
    "/admin/api/shops/{shop}/check": {
        /**
         * Tries what is set up for a shop, here and there, and says what to change
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_shops_shop_check"];
    };
    "/admin/api/usage": {
        /**
         * Charged requests, tokens and upstream cost, by day, model, provider, plan, license, key or user
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_usage"];
    };
    "/admin/api/usage/sales": {
        /**
         * Upstream cost beside what buyers paid, by day, month, plan, license or order
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_usage_sales"];
    };
    "/admin/api/usage/refusals": {
        /**
         * Refused chats by day, code and reason; of one license as far as its refusals are kept
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_usage_refusals"];
    };
    "/admin/api/exports/{file}": {
        /**
         * All licenses, requests or purchases, or those of one license or of some days, as .csv or .jsonl
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_exports_file"];
    };
    "/admin/api/verify": {
        /**
         * Proves the ledger
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_verify"];
    };
    "/admin/api/upstreams": {
        /**
         * Each provider with its last failure, and what its upstream said
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_upstreams"];
    };
    "/admin/api/audit": {
        /**
         * Every change with who made it, from where, before and after; newest first
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_audit"];
    };
    "/admin/api/backup": {
        /**
         * A consistent copy of the whole database
         * @description Needs the role owner.
         */
        get: operations["get_admin_api_backup"];
    };
    "/admin/api/jobs": {
        /**
         * Every job with its last run
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_jobs"];
    };
    "/admin/api/jobs/{name}/run": {
        /**
         * Runs a job now
         * @description Needs the role owner.
         */
        post: operations["post_admin_api_jobs_name_run"];
    };
    "/admin/api/catalog": {
        /**
         * What is sold now
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_catalog"];
    };
    "/admin/api/catalog/validate": {
        /**
         * Checks the catalogue’s files and changes nothing
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_catalog_validate"];
    };
    "/admin/api/catalog/reload": {
        /**
         * Puts the catalogue’s files into force, if nothing in them is wrong
         * @description Needs the role owner.
         */
        post: operations["post_admin_api_catalog_reload"];
    };
    "/admin/api/administrators": {
        /**
         * All administrators
         * @description Needs the role owner.
         */
        get: operations["get_admin_api_administrators"];
        /**
         * A new administrator
         * @description Needs the role owner.
         */
        post: operations["post_admin_api_administrators"];
    };
    "/admin/api/administrators/{id}": {
        /**
         * Changes role or password, disables or enables; at once
         * @description Needs the role owner.
         */
        patch: operations["patch_admin_api_administrators_id"];
    };
    "/admin/api/administrators/{id}/reset-second-factor": {
        /**
         * Switches off the second factor of an administrator who lost it
         * @description Needs the role owner.
         */
        post: operations["post_admin_api_administrators_id_reset_second_factor"];
    };
    "/admin/api/tokens": {
        /**
         * Own API tokens; an owner sees everyone’s
         * @description Needs the role viewer.
         */
        get: operations["get_admin_api_tokens"];
        /**
         * A new API token, shown this once; of the own role or a lesser one
         * @description Needs the role viewer.
         */
        post: operations["post_admin_api_tokens"];
    };
    "/admin/api/tokens/{id}": {
        /**
         * Revokes an API token, at once
         * @description Needs the role viewer.
         */
        delete: operations["delete_admin_api_tokens_id"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    post_api_chat_v3: {
        requestBody?: {
            content: {
                "application/json": {
                    api_key?: string;
                    model: string;
                    prompt: string;
                    messages?: {
                        [key: string]: unknown;
                    }[];
                    image_url?: string;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description A chat in the MyAIHub dialect */
            200: {
                content: {
                    "text/event-stream": string;
                    "application/json": {
                        /** @enum {boolean} */
                        error: false;
                        reply: string;
                        model: string;
                        /** @enum {string} */
                        source: "openrouter" | "openai";
                        plan: string;
                        usage: {
                            plan: string;
                            period: string;
                            used: number;
                            limit: number;
                            remaining: number;
                            /** @enum {string} */
                            unit?: "microusd";
                        };
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                        };
                        cost_microusd?: number;
                    };
                };
            };
        };
    };
    post_v1_chat_completions: {
        requestBody?: {
            content: {
                "application/json": {
                    model: string;
                    messages: {
                        [key: string]: unknown;
                    }[];
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description A chat in OpenAI’s dialect */
            200: {
                content: {
                    "text/event-stream": string;
                    "application/json": {
                        id: string;
                        object: string;
                        model: string;
                        choices: {
                            [key: string]: unknown;
                        }[];
                        quota: {
                            plan: string;
                            period: string;
                            used: number;
                            limit: number;
                            remaining: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            /** Format: date-time */
                            resets_at: string;
                            charged: number;
                            max_tokens_reduced_to?: number;
                        };
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                        };
                        cost_microusd?: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    post_v1_estimate: {
        requestBody?: {
            content: {
                "application/json": {
                    model: string;
                    messages: {
                        [key: string]: unknown;
                    }[];
                    stream?: boolean;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description What a chat would cost at most, and whether that is left; nothing is sent */
            200: {
                content: {
                    "application/json": {
                        fits: boolean;
                        units?: number;
                        max_cost_microusd?: number;
                        /** @enum {string|null} */
                        bucket: "period" | "grant" | null;
                        max_tokens: number;
                    };
                };
            };
        };
    };
    get_v1_models: {
        parameters: {
            query?: {
                limit?: number;
                after_id?: string;
                before_id?: string;
                client_version?: string;
            };
        };
        responses: {
            /** @description The models; with a key, whether it may use each */
            200: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        object: "list";
                        data: ({
                            id: string;
                            /** @enum {string} */
                            object: "model";
                            /** @enum {string} */
                            type: "model";
                            created: number;
                            /** Format: date-time */
                            created_at: string;
                            display_name: string;
                            owned_by: string;
                            minimum_plan: string;
                            units: number;
                        } & {
                            [key: string]: unknown;
                        })[];
                        has_more: boolean;
                        first_id: string | null;
                        last_id: string | null;
                        models?: ({
                            slug: string;
                            display_name: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    get_v1_models_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description One model */
            200: {
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        object: "model";
                        /** @enum {string} */
                        type: "model";
                        created: number;
                        /** Format: date-time */
                        created_at: string;
                        display_name: string;
                        owned_by: string;
                        minimum_plan: string;
                        units: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    get_api_license_notices: {
        responses: {
            /** @description Which mails the buyer gets */
            200: {
                content: {
                    "application/json": {
                        /** @enum {string|null} */
                        language: "fa" | "en" | "zh-TW" | null;
                        notices: {
                            allowance_80: boolean;
                            allowance_100: boolean;
                            license_expiring: boolean;
                            license_suspended: boolean;
                            grant_waiting: boolean;
                            payment_failed: boolean;
                            model_retiring: boolean;
                            purchase_confirmed: boolean;
                        };
                        always_sent: ("license_ready" | "sign_in")[];
                    };
                };
            };
        };
    };
    patch_api_license_notices: {
        requestBody?: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    language?: "fa" | "en" | "zh-TW";
                    notices?: {
                        allowance_80?: boolean;
                        allowance_100?: boolean;
                        license_expiring?: boolean;
                        license_suspended?: boolean;
                        grant_waiting?: boolean;
                        payment_failed?: boolean;
                        model_retiring?: boolean;
                        purchase_confirmed?: boolean;
                    };
                };
            };
        };
        responses: {
            /** @description Switches kinds of mails on and off, and says in which language they come */
            200: {
                content: {
                    "application/json": {
                        /** @enum {string|null} */
                        language: "fa" | "en" | "zh-TW" | null;
                        notices: {
                            allowance_80: boolean;
                            allowance_100: boolean;
                            license_expiring: boolean;
                            license_suspended: boolean;
                            grant_waiting: boolean;
                            payment_failed: boolean;
                            model_retiring: boolean;
                            purchase_confirmed: boolean;
                        };
                        always_sent: ("license_ready" | "sign_in")[];
                    };
                };
            };
        };
    };
    get_api_license: {
        responses: {
            /** @description The license of the key, what is left of it, and its add-ons */
            200: {
                content: {
                    "application/json": {
                        plan: string;
                        /** @enum {string} */
                        status: "active" | "suspended" | "revoked" | "expired";
                        /** Format: date-time */
                        expires_at: string | null;
                        /** Format: date-time */
                        plan_until?: string;
                        period: string;
                        /** Format: date-time */
                        resets_at: string;
                        usage: {
                            plan: string;
                            period: string;
                            used: number;
                            limit: number;
                            remaining: number;
                            /** @enum {string} */
                            unit?: "microusd";
                        };
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                        };
                        grants: {
                            /** Format: uuid */
                            id: string;
                            product: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai" | "all";
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            remaining: number;
                            /** @enum {string} */
                            lasts: "until-used" | "month" | "subscription";
                            /** @enum {string} */
                            status: "active" | "waiting" | "revoked" | "expired" | "used";
                            source: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at?: string;
                        }[];
                    };
                };
            };
        };
    };
    post_api_license_status: {
        requestBody?: {
            content: {
                "application/json": {
                    api_key?: string;
                };
            };
        };
        responses: {
            /** @description As GET /api/license, in the MyAIHub dialect */
            200: {
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        error: false;
                        plan: string;
                        /** @enum {string} */
                        status: "active" | "suspended" | "revoked" | "expired";
                        /** Format: date-time */
                        expires_at: string | null;
                        /** Format: date-time */
                        plan_until?: string;
                        period: string;
                        /** Format: date-time */
                        resets_at: string;
                        usage: {
                            plan: string;
                            period: string;
                            used: number;
                            limit: number;
                            remaining: number;
                            /** @enum {string} */
                            unit?: "microusd";
                        };
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                            };
                        };
                        grants: {
                            /** Format: uuid */
                            id: string;
                            product: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai" | "all";
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            remaining: number;
                            /** @enum {string} */
                            lasts: "until-used" | "month" | "subscription";
                            /** @enum {string} */
                            status: "active" | "waiting" | "revoked" | "expired" | "used";
                            source: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at?: string;
                        }[];
                    };
                };
            };
        };
    };
    get_api_license_usage: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                group?: "day" | "model" | "provider" | "key" | "user";
            };
        };
        responses: {
            /** @description Charged requests, tokens and cost by day, model, provider, key or user */
            200: {
                content: {
                    "application/json": {
                        /** Format: date */
                        from: string;
                        /** Format: date */
                        to: string;
                        group: string;
                        rows: {
                            key: string;
                            requests: number;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cost_microusd?: number;
                            name?: string;
                        }[];
                    };
                };
            };
        };
    };
    get_api_license_requests: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string;
                provider?: "openrouter" | "openai";
                /** @description The name or id of a named key, or master for the master key */
                key?: string;
                outcome?: "pending" | "posted" | "voided" | "expired";
                request_id?: string;
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description Requests one by one, newest first: what they cost and how they ended */
            200: {
                content: {
                    "application/json": {
                        requests: {
                            /** Format: uuid */
                            id: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            /** Format: date-time */
                            ended_at: string | null;
                            model: string;
                            dialect: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            period: string;
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            /** @enum {string} */
                            outcome: "pending" | "posted" | "voided" | "expired";
                            charged: boolean;
                            reason: string | null;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                            /** @enum {string} */
                            bucket: "period" | "grant";
                            /** Format: uuid */
                            grant: string | null;
                            product: string | null;
                            /** Format: uuid */
                            key: string | null;
                            key_name?: string;
                            user: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_api_license_purchases: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description What was paid for the license and what went back, newest first */
            200: {
                content: {
                    "application/json": {
                        purchases: {
                            /** Format: uuid */
                            id: string;
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            shop: "stripe" | "woocommerce" | "signed" | "codes";
                            order_id: string;
                            /** @enum {string} */
                            kind: "paid" | "refunded" | "disputed";
                            items: string;
                            quantity: number | null;
                            amount: number | null;
                            currency: string | null;
                            tax: number | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_api_license_refusals: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string;
                provider?: "openrouter" | "openai";
                /** @description The name or id of a named key, or master for the master key */
                key?: string;
                code?: "invalid_request" | "content_not_supported" | "invalid_license_key" | "unauthenticated" | "second_factor_required" | "forbidden" | "model_not_in_plan" | "model_not_found" | "not_found" | "code_not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "confirmation_required" | "code_used" | "code_expired" | "code_not_usable" | "idempotency_in_progress" | "request_too_large" | "unsupported_media_type" | "idempotency_mismatch" | "quota_exhausted" | "quota_reserved" | "rate_limited" | "internal_error" | "upstream_failed" | "upstream_unavailable" | "service_unavailable" | "upstream_timeout";
                request_id?: string;
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description Refused chats one by one, newest first, and why; the newest 1,000 of 90 days */
            200: {
                content: {
                    "application/json": {
                        refusals: {
                            /** Format: uuid */
                            id: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            dialect: string;
                            /** @enum {string|null} */
                            provider: "openrouter" | "openai" | null;
                            model: string | null;
                            /**
                             * @description A stable machine code
                             * @example invalid_request
                             */
                            code: string;
                            reason: string;
                            message: string;
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: uuid */
                            key: string | null;
                            key_name?: string;
                            cause?: {
                                /** @enum {string} */
                                code: "license_suspended" | "license_revoked" | "license_expired" | "key_withdrawn" | "key_replaced";
                                message: string;
                            };
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_api_license_balance: {
        parameters: {
            query?: {
                provider?: "openrouter" | "openai";
                period?: string;
            };
        };
        responses: {
            /** @description Why so much is left of a month: everything that changed it, each with the sum then */
            200: {
                content: {
                    "application/json": {
                        balance: number;
                        period: string;
                        /** @enum {string} */
                        unit?: "microusd";
                        lines: {
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            code: "plan" | "limit" | "opening" | "carried" | "monthly_addon" | "addon" | "given" | "waiting" | "activated" | "plan_changed" | "limit_changed" | "refunded" | "restored" | "withdrawn" | "unpaid" | "ended" | "charges" | "charges_removed" | "difference";
                            what: string;
                            units: number;
                            sum: number;
                            /** @enum {string|null} */
                            provider: "openrouter" | "openai" | "all" | null;
                            plan?: string;
                            /** @enum {string} */
                            bucket?: "period" | "grant";
                            /** Format: uuid */
                            grant?: string;
                            product?: string | null;
                            order?: string;
                            requests?: number;
                            charged?: number;
                            /** Format: date-time */
                            from?: string;
                            /** Format: date-time */
                            to?: string;
                        }[];
                    };
                };
            };
        };
    };
    get_api_license_statements: {
        responses: {
            /** @description The months that there are statements of, newest first */
            200: {
                content: {
                    "application/json": {
                        statements: {
                            period: string;
                            /** Format: date-time */
                            begins_at: string | null;
                            /** Format: date-time */
                            ends_at: string;
                            is_final: boolean;
                        }[];
                    };
                };
            };
        };
    };
    get_api_license_statements_period: {
        parameters: {
            query?: {
                format?: "json" | "csv" | "html";
            };
            path: {
                period: string;
            };
        };
        responses: {
            /** @description The statement of a month: what was charged and what is left; JSON is signed */
            200: {
                content: {
                    "text/csv": string;
                    "text/html": string;
                    "application/json": {
                        requests: {
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            model: string;
                            /** @enum {string} */
                            unit: "request" | "microusd";
                            units: number;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                        }[];
                        statement: {
                            /** @enum {number} */
                            version: 1;
                            issuer: {
                                url: string;
                                name: string | null;
                            };
                            /** Format: uuid */
                            license: string;
                            period: string;
                            /** Format: date-time */
                            begins_at: string | null;
                            /** Format: date-time */
                            ends_at: string;
                            is_final: boolean;
                            time_zone: string;
                            /** Format: date-time */
                            as_of: string;
                            /** @enum {string} */
                            unit: "request" | "microusd";
                            balance: {
                                opening: number;
                                closing: number;
                                lines: {
                                    /** Format: date-time */
                                    at: string;
                                    /** @enum {string} */
                                    code: "plan" | "limit" | "opening" | "carried" | "monthly_addon" | "addon" | "given" | "waiting" | "activated" | "plan_changed" | "limit_changed" | "refunded" | "restored" | "withdrawn" | "unpaid" | "ended" | "charges" | "charges_removed" | "difference";
                                    what: string;
                                    units: number;
                                    sum: number;
                                    /** @enum {string|null} */
                                    provider: "openrouter" | "openai" | "all" | null;
                                    plan?: string;
                                    /** @enum {string} */
                                    bucket?: "period" | "grant";
                                    /** Format: uuid */
                                    grant?: string;
                                    product?: string | null;
                                    order?: string;
                                    requests?: number;
                                    charged?: number;
                                    /** Format: date-time */
                                    from?: string;
                                    /** Format: date-time */
                                    to?: string;
                                }[];
                            } | null;
                            totals: {
                                /** @enum {string} */
                                provider: "openrouter" | "openai";
                                model: string;
                                /** @enum {string} */
                                unit: "request" | "microusd";
                                requests: number;
                                units: number;
                                prompt_tokens: number;
                                completion_tokens: number;
                                cost_microusd?: number;
                            }[];
                            requests: {
                                count: number;
                                sha256: string;
                            };
                        };
                        /** @description An Ed25519 signature of it in the compact form of RFC 7515 */
                        jws: string;
                    };
                };
            };
        };
    };
    get_api_license_requests_id_receipt: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description The signed receipt of a request: what was charged for it, and why */
            200: {
                content: {
                    "application/json": {
                        receipt: {
                            /** @enum {number} */
                            version: 1;
                            issuer: {
                                url: string;
                                name: string | null;
                            };
                            /** Format: uuid */
                            license: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: uuid */
                            hold: string;
                            period: string;
                            /** Format: date-time */
                            at: string;
                            /** Format: date-time */
                            ended_at: string;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            model: string;
                            /** @enum {string} */
                            outcome: "posted" | "voided" | "expired";
                            reason: string | null;
                            /** @enum {string} */
                            unit: "request" | "microusd";
                            units: number;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                            /** @enum {string} */
                            bucket: "period" | "grant";
                            /** Format: uuid */
                            grant: string | null;
                        };
                        /** @description An Ed25519 signature of it in the compact form of RFC 7515 */
                        jws: string;
                    };
                };
            };
        };
    };
    post_api_license_rotate: {
        requestBody?: {
            content: {
                "application/json": {
                    grace_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new key; both work in the grace time. Asked again with the old key: the same one */
            200: {
                content: {
                    "application/json": {
                        key: string;
                        /** Format: date-time */
                        previous_key_valid_until: string | null;
                    };
                };
            };
        };
    };
    get_api_license_keys: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description A license’s named keys with their limits and this month’s usage, newest first */
            200: {
                content: {
                    "application/json": {
                        keys: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    post_api_license_keys: {
        requestBody?: {
            content: {
                "application/json": {
                    name: string;
                    limits?: {
                        openrouter?: number | null;
                        openai?: number | null;
                        /** @description Of a plan that sells money: micro-dollars a month; null: none */
                        all?: number | null;
                    };
                    rate_limit?: number | null;
                };
            };
        };
        responses: {
            /** @description A new named key; its secret is shown this once */
            201: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                        secret: string;
                    };
                };
            };
        };
    };
    delete_api_license_keys_key: {
        parameters: {
            path: {
                key: string;
            };
        };
        responses: {
            /** @description Withdraws a named key for good, at once on every replica */
            200: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                    };
                };
            };
        };
    };
    patch_api_license_keys_key: {
        parameters: {
            path: {
                key: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    limits?: {
                        openrouter?: number | null;
                        openai?: number | null;
                        /** @description Of a plan that sells money: micro-dollars a month; null: none */
                        all?: number | null;
                    };
                    rate_limit?: number | null;
                };
            };
        };
        responses: {
            /** @description Changes a named key’s name, its limits (null: only the license’s) and requests a minute */
            200: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                    };
                };
            };
        };
    };
    post_api_license_keys_key_rotate: {
        parameters: {
            path: {
                key: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    grace_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new secret of a named key, shown this once; both work in the grace time */
            200: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                        secret: string;
                        /** Format: date-time */
                        previous_key_valid_until: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_session: {
        requestBody?: {
            content: {
                "application/json": {
                    email: string;
                    password: string;
                    /** @description A code of your app (or a recovery code), once the second factor is on */
                    code?: string;
                };
            };
        };
        responses: {
            /** @description Signs in; sets the cookie that renews the token */
            200: {
                content: {
                    "application/json": {
                        token: string;
                        /** @enum {string} */
                        token_type: "Bearer";
                        /** Format: date-time */
                        expires_at: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "owner";
                    };
                };
            };
        };
    };
    delete_admin_api_session: {
        responses: {
            /** @description Signs out, at once and everywhere */
            204: {
            };
        };
    };
    post_admin_api_session_refresh: {
        responses: {
            /** @description A new token for the session of the cookie, else of the bearer token */
            200: {
                content: {
                    "application/json": {
                        token: string;
                        /** @enum {string} */
                        token_type: "Bearer";
                        /** Format: date-time */
                        expires_at: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "owner";
                    };
                };
            };
        };
    };
    post_admin_api_session_password: {
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Your password as it is now */
                    password: string;
                    /** @description The new one: 12 characters or more */
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description A new password of your own; ends your other sessions and your API tokens */
            204: {
            };
        };
    };
    get_admin_api_session_second_factor: {
        responses: {
            /** @description Whether your second factor is on, and how many recovery codes are left */
            200: {
                content: {
                    "application/json": {
                        enabled: boolean;
                        recovery_codes_left: number;
                    };
                };
            };
        };
    };
    post_admin_api_session_second_factor: {
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Your password as it is now */
                    password: string;
                };
            };
        };
        responses: {
            /** @description A secret for an app of one-time codes; it counts once a code of it is confirmed */
            200: {
                content: {
                    "application/json": {
                        secret: string;
                        uri: string;
                    };
                };
            };
        };
    };
    post_admin_api_session_second_factor_confirm: {
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The code that the app shows now */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Switches your second factor on with a code of the app; the answer has the recovery codes, this once. Ends your other sessions */
            200: {
                content: {
                    "application/json": {
                        recovery_codes: string[];
                    };
                };
            };
        };
    };
    post_admin_api_session_second_factor_remove: {
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Your password as it is now */
                    password: string;
                    /** @description A code of your app (or a recovery code), once the second factor is on */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Switches your second factor off, with your password and a code (or a recovery code) */
            204: {
            };
        };
    };
    post_admin_api_licenses_bulk: {
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Each {license (id or e-mail), and the fields of a change of a license (plan, plan_until, expires_at, note, email, limits, rate_limit, concurrency), or action (suspend, reinstate, revoke with reason; undo: takes its last change back), or grant {product, quantity} or {provider, units}, with expires_at where it is for a time, and reason; limits.all and the provider all are in micro-dollars, of plans that sell money} */
                    changes?: {
                        [key: string]: unknown;
                    }[];
                    /** @description The same as CSV with a header (license,plan,plan_until,…; inner fields as limits.openai, grant.product; an empty field changes nothing), as JSON lines, or as a JSON array */
                    file?: string;
                    /** @description Your name of this change: the same again changes nothing, and answers what came of it */
                    key?: string;
                    /** @description true: only tells what the change would do, and what it would take from a customer who paid */
                    rehearse?: boolean;
                    /** @description true: also an end in the past for a license whose plan is paid for */
                    confirm?: boolean;
                };
            };
        };
        responses: {
            /** @description Changes many licenses, a line each, from a list or a file; a rehearsal first says what would happen */
            200: {
                content: {
                    "application/json": {
                        rehearsed: boolean;
                        changed: number;
                        unchanged: number;
                        refused: number;
                        lines: {
                            line: number;
                            /** Format: uuid */
                            license: string | null;
                            /** @enum {string} */
                            outcome: "changed" | "unchanged" | "refused";
                            code?: string;
                            message?: string;
                            field?: string;
                            before?: {
                                [key: string]: unknown;
                            };
                            after?: {
                                [key: string]: unknown;
                            };
                            consequences?: {
                                /** @enum {string} */
                                code: "paid_plan_stops" | "paid_time_lost" | "below_paid_plan" | "grants_stop" | "subscription_goes_on" | "license_ends" | "end_far_away";
                                message: string;
                            }[];
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_licenses: {
        parameters: {
            query?: {
                email?: string;
                status?: "active" | "suspended" | "revoked" | "expired";
                plan?: string;
                order?: string;
                /** @description The license ends by then: on this day, which is included, or earlier */
                expires_by?: string;
                key_prefix?: string;
                key_last4?: string;
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description Licenses, newest first */
            200: {
                content: {
                    "application/json": {
                        licenses: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                            matched_keys?: {
                                name: string | null;
                                key_last4: string;
                                /** @enum {string} */
                                state: "current" | "previous" | "replaced" | "withdrawn";
                                /** Format: date-time */
                                valid_until: string | null;
                            }[];
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_licenses: {
        requestBody?: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    plan: string;
                    /** @description The last day, as 2027-02-28 (it is included, in the zone of the quotas), or an instant as 2027-02-28T12:00:00Z */
                    expires_at?: string | null;
                    note?: string;
                };
            };
        };
        responses: {
            /** @description Issues a license; the answer has its key */
            201: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        key: string;
                    };
                };
            };
        };
    };
    post_admin_api_licenses_lookup: {
        requestBody?: {
            content: {
                "application/json": {
                    key: string;
                };
            };
        };
        responses: {
            /** @description The license of a key, also of one that is no longer valid, and which of its keys that is */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                            matched_keys?: {
                                name: string | null;
                                key_last4: string;
                                /** @enum {string} */
                                state: "current" | "previous" | "replaced" | "withdrawn";
                                /** Format: date-time */
                                valid_until: string | null;
                            }[];
                        };
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description A license with its balance and its grants */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        limits: {
                            openrouter: number | null;
                            openai: number | null;
                            all?: number | null;
                        };
                        limits_until: {
                            /** Format: date-time */
                            openrouter: string | null;
                            /** Format: date-time */
                            openai: string | null;
                            /** Format: date-time */
                            all?: string | null;
                        };
                        rate_limit: number | null;
                        concurrency: number | null;
                        period: string;
                        /** Format: date-time */
                        resets_at: string;
                        usage: {
                            plan: string;
                            period: string;
                            used: number;
                            limit: number;
                            remaining: number;
                            /** @enum {string} */
                            unit?: "microusd";
                        };
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                                held: number;
                                plan_limit: number;
                                addon_limit: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                                held: number;
                                plan_limit: number;
                                addon_limit: number;
                            };
                        };
                        grants: {
                            /** Format: uuid */
                            id: string;
                            product: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai" | "all";
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            remaining: number;
                            /** @enum {string} */
                            lasts: "until-used" | "month" | "subscription";
                            /** @enum {string} */
                            status: "active" | "waiting" | "revoked" | "expired" | "used";
                            source: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at?: string;
                        }[];
                        previous_keys?: {
                            name: string | null;
                            key_last4: string;
                            /** @enum {string} */
                            state: "current" | "previous" | "replaced" | "withdrawn";
                            /** Format: date-time */
                            valid_until: string | null;
                        }[];
                    };
                };
            };
        };
    };
    patch_admin_api_licenses_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The code of a plan. Without plan_until it is the license’s own from now on */
                    plan?: string;
                    /** @description The last day (or instant) of the plan; then the license has again the plan and the expiry that it would have without. Alone it moves the end of a plan that is given for a time; null ends it now */
                    plan_until?: string | null;
                    /** @description The last day (or instant) of the license; null: it does not end */
                    expires_at?: string | null;
                    /** @description A note of the administrators; buyers do not see it */
                    note?: string;
                    /**
                     * Format: email
                     * @description Gives the license to the buyer of this address
                     */
                    email?: string;
                    /** @description Monthly limits of its own */
                    limits?: {
                        /** @description Requests a month in place of the plan’s allowance; null: the plan’s allowance */
                        openrouter?: number | null;
                        /** @description Requests a month in place of the plan’s allowance; null: the plan’s allowance */
                        openai?: number | null;
                        /** @description Of a plan that sells money: micro-dollars a month (1000000 is a dollar) in place of the plan’s; null: the plan’s */
                        all?: number | null;
                        /** @description The last day (or instant) of these limits; then the plan’s allowance counts again */
                        until?: string;
                    };
                    /** @description Requests a minute; null: no limit of its own */
                    rate_limit?: number | null;
                    /** @description Requests at once; null: no limit of its own */
                    concurrency?: number | null;
                    /** @description true: only tells what the change would do, and what it would take from a customer who paid */
                    rehearse?: boolean;
                    /** @description true: also an end in the past for a license whose plan is paid for */
                    confirm?: boolean;
                };
            };
        };
        responses: {
            /** @description Changes plan (also for a time), expiry, note, the buyer (email), own limits (also for a time), requests a minute and at once */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        /** @enum {boolean} */
                        rehearsed?: true;
                        consequences?: {
                            /** @enum {string} */
                            code: "paid_plan_stops" | "paid_time_lost" | "below_paid_plan" | "grants_stop" | "subscription_goes_on" | "license_ends" | "end_far_away";
                            message: string;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_undo: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description true: only tells what the change would do, and what it would take from a customer who paid */
                    rehearse?: boolean;
                    /** @description true: also an end in the past for a license whose plan is paid for */
                    confirm?: boolean;
                };
            };
        };
        responses: {
            /** @description Takes back the last change of plan, expiry, limits, note, rate limit or concurrency, and says which; refused if a grant, a key or a state of the license changed since */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        /** @enum {boolean} */
                        rehearsed?: true;
                        consequences?: {
                            /** @enum {string} */
                            code: "paid_plan_stops" | "paid_time_lost" | "below_paid_plan" | "grants_stop" | "subscription_goes_on" | "license_ends" | "end_far_away";
                            message: string;
                        }[];
                        undoes: {
                            action: string;
                            actor: string;
                            /** Format: date-time */
                            at: string;
                            before: {
                                [key: string]: unknown;
                            };
                            after: {
                                [key: string]: unknown;
                            };
                        };
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_send_key: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Mails the buyer a new link to the key */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_suspend: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why; the audit log and the timeline show it */
                    reason?: string;
                    /** @description true: only tells what the change would do, and what it would take from a customer who paid */
                    rehearse?: boolean;
                };
            };
        };
        responses: {
            /** @description Makes a license suspended, at once on every replica */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        /** @enum {boolean} */
                        rehearsed?: true;
                        consequences?: {
                            /** @enum {string} */
                            code: "paid_plan_stops" | "paid_time_lost" | "below_paid_plan" | "grants_stop" | "subscription_goes_on" | "license_ends" | "end_far_away";
                            message: string;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_reinstate: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why; the audit log and the timeline show it */
                    reason?: string;
                    /** @description true: only tells what the change would do, and what it would take from a customer who paid */
                    rehearse?: boolean;
                };
            };
        };
        responses: {
            /** @description Makes a license active, at once on every replica */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        /** @enum {boolean} */
                        rehearsed?: true;
                        consequences?: {
                            /** @enum {string} */
                            code: "paid_plan_stops" | "paid_time_lost" | "below_paid_plan" | "grants_stop" | "subscription_goes_on" | "license_ends" | "end_far_away";
                            message: string;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_revoke: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why; the audit log and the timeline show it */
                    reason?: string;
                    /** @description true: only tells what the change would do, and what it would take from a customer who paid */
                    rehearse?: boolean;
                };
            };
        };
        responses: {
            /** @description Makes a license revoked, at once on every replica */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        /** @enum {boolean} */
                        rehearsed?: true;
                        consequences?: {
                            /** @enum {string} */
                            code: "paid_plan_stops" | "paid_time_lost" | "below_paid_plan" | "grants_stop" | "subscription_goes_on" | "license_ends" | "end_far_away";
                            message: string;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_timeline: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Everything that happened to a license, newest first */
            200: {
                content: {
                    "application/json": {
                        events: {
                            event: string;
                            /** Format: date-time */
                            at: string;
                            actor: string;
                            details: {
                                [key: string]: unknown;
                            };
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_requests: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string;
                provider?: "openrouter" | "openai";
                /** @description The name or id of a named key, or master for the master key */
                key?: string;
                outcome?: "pending" | "posted" | "voided" | "expired";
                request_id?: string;
                cursor?: string;
                limit?: number;
            };
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Requests of a license, newest first: what was asked, how it ended, what it cost and from which bucket */
            200: {
                content: {
                    "application/json": {
                        requests: {
                            /** Format: uuid */
                            id: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            /** Format: date-time */
                            ended_at: string | null;
                            model: string;
                            dialect: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            period: string;
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            /** @enum {string} */
                            outcome: "pending" | "posted" | "voided" | "expired";
                            charged: boolean;
                            reason: string | null;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                            /** @enum {string} */
                            bucket: "period" | "grant";
                            /** Format: uuid */
                            grant: string | null;
                            product: string | null;
                            /** Format: uuid */
                            key: string | null;
                            key_name?: string;
                            user: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_refusals: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                model?: string;
                provider?: "openrouter" | "openai";
                /** @description The name or id of a named key, or master for the master key */
                key?: string;
                code?: "invalid_request" | "content_not_supported" | "invalid_license_key" | "unauthenticated" | "second_factor_required" | "forbidden" | "model_not_in_plan" | "model_not_found" | "not_found" | "code_not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "confirmation_required" | "code_used" | "code_expired" | "code_not_usable" | "idempotency_in_progress" | "request_too_large" | "unsupported_media_type" | "idempotency_mismatch" | "quota_exhausted" | "quota_reserved" | "rate_limited" | "internal_error" | "upstream_failed" | "upstream_unavailable" | "service_unavailable" | "upstream_timeout";
                request_id?: string;
                cursor?: string;
                limit?: number;
            };
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Refused chats of a license, newest first, and why; the newest 1,000 of 90 days */
            200: {
                content: {
                    "application/json": {
                        refusals: {
                            /** Format: uuid */
                            id: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            dialect: string;
                            /** @enum {string|null} */
                            provider: "openrouter" | "openai" | null;
                            model: string | null;
                            /**
                             * @description A stable machine code
                             * @example invalid_request
                             */
                            code: string;
                            reason: string;
                            message: string;
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: uuid */
                            key: string | null;
                            key_name?: string;
                            cause?: {
                                /** @enum {string} */
                                code: "license_suspended" | "license_revoked" | "license_expired" | "key_withdrawn" | "key_replaced";
                                message: string;
                            };
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_admin_api_requests_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description What became of the chat with this X-Request-Id */
            200: {
                content: {
                    "application/json": {
                        /** Format: uuid */
                        license_id: string;
                        request: {
                            /** Format: uuid */
                            id: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            /** Format: date-time */
                            ended_at: string | null;
                            model: string;
                            dialect: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            period: string;
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            /** @enum {string} */
                            outcome: "pending" | "posted" | "voided" | "expired";
                            charged: boolean;
                            reason: string | null;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                            /** @enum {string} */
                            bucket: "period" | "grant";
                            /** Format: uuid */
                            grant: string | null;
                            product: string | null;
                            /** Format: uuid */
                            key: string | null;
                            key_name?: string;
                            user: string | null;
                        } | null;
                        refusal: {
                            /** Format: uuid */
                            id: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            dialect: string;
                            /** @enum {string|null} */
                            provider: "openrouter" | "openai" | null;
                            model: string | null;
                            /**
                             * @description A stable machine code
                             * @example invalid_request
                             */
                            code: string;
                            reason: string;
                            message: string;
                            parameters: {
                                [key: string]: unknown;
                            };
                            /** Format: uuid */
                            key: string | null;
                            key_name?: string;
                            cause?: {
                                /** @enum {string} */
                                code: "license_suspended" | "license_revoked" | "license_expired" | "key_withdrawn" | "key_replaced";
                                message: string;
                            };
                        } | null;
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_balance: {
        parameters: {
            query?: {
                provider?: "openrouter" | "openai";
                period?: string;
            };
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Why so much is left of a month: everything that changed it, each with the sum then */
            200: {
                content: {
                    "application/json": {
                        balance: number;
                        period: string;
                        /** @enum {string} */
                        unit?: "microusd";
                        lines: {
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            code: "plan" | "limit" | "opening" | "carried" | "monthly_addon" | "addon" | "given" | "waiting" | "activated" | "plan_changed" | "limit_changed" | "refunded" | "restored" | "withdrawn" | "unpaid" | "ended" | "charges" | "charges_removed" | "difference";
                            what: string;
                            units: number;
                            sum: number;
                            /** @enum {string|null} */
                            provider: "openrouter" | "openai" | "all" | null;
                            plan?: string;
                            /** @enum {string} */
                            bucket?: "period" | "grant";
                            /** Format: uuid */
                            grant?: string;
                            product?: string | null;
                            order?: string;
                            requests?: number;
                            charged?: number;
                            /** Format: date-time */
                            from?: string;
                            /** Format: date-time */
                            to?: string;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_statements: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description The months of a license that there are statements of, newest first */
            200: {
                content: {
                    "application/json": {
                        statements: {
                            period: string;
                            /** Format: date-time */
                            begins_at: string | null;
                            /** Format: date-time */
                            ends_at: string;
                            is_final: boolean;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_statements_period: {
        parameters: {
            query?: {
                format?: "json" | "csv" | "html";
            };
            path: {
                id: string;
                period: string;
            };
        };
        responses: {
            /** @description The statement of a month: what was charged and what is left; JSON is signed */
            200: {
                content: {
                    "text/csv": string;
                    "text/html": string;
                    "application/json": {
                        requests: {
                            /** Format: uuid */
                            request_id: string;
                            /** Format: date-time */
                            at: string;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            model: string;
                            /** @enum {string} */
                            unit: "request" | "microusd";
                            units: number;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                        }[];
                        statement: {
                            /** @enum {number} */
                            version: 1;
                            issuer: {
                                url: string;
                                name: string | null;
                            };
                            /** Format: uuid */
                            license: string;
                            period: string;
                            /** Format: date-time */
                            begins_at: string | null;
                            /** Format: date-time */
                            ends_at: string;
                            is_final: boolean;
                            time_zone: string;
                            /** Format: date-time */
                            as_of: string;
                            /** @enum {string} */
                            unit: "request" | "microusd";
                            balance: {
                                opening: number;
                                closing: number;
                                lines: {
                                    /** Format: date-time */
                                    at: string;
                                    /** @enum {string} */
                                    code: "plan" | "limit" | "opening" | "carried" | "monthly_addon" | "addon" | "given" | "waiting" | "activated" | "plan_changed" | "limit_changed" | "refunded" | "restored" | "withdrawn" | "unpaid" | "ended" | "charges" | "charges_removed" | "difference";
                                    what: string;
                                    units: number;
                                    sum: number;
                                    /** @enum {string|null} */
                                    provider: "openrouter" | "openai" | "all" | null;
                                    plan?: string;
                                    /** @enum {string} */
                                    bucket?: "period" | "grant";
                                    /** Format: uuid */
                                    grant?: string;
                                    product?: string | null;
                                    order?: string;
                                    requests?: number;
                                    charged?: number;
                                    /** Format: date-time */
                                    from?: string;
                                    /** Format: date-time */
                                    to?: string;
                                }[];
                            } | null;
                            totals: {
                                /** @enum {string} */
                                provider: "openrouter" | "openai";
                                model: string;
                                /** @enum {string} */
                                unit: "request" | "microusd";
                                requests: number;
                                units: number;
                                prompt_tokens: number;
                                completion_tokens: number;
                                cost_microusd?: number;
                            }[];
                            requests: {
                                count: number;
                                sha256: string;
                            };
                        };
                        /** @description An Ed25519 signature of it in the compact form of RFC 7515 */
                        jws: string;
                    };
                };
            };
        };
    };
    get_admin_api_requests_id_receipt: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description The signed receipt of a request: what was charged for it, and why */
            200: {
                content: {
                    "application/json": {
                        receipt: {
                            /** @enum {number} */
                            version: 1;
                            issuer: {
                                url: string;
                                name: string | null;
                            };
                            /** Format: uuid */
                            license: string;
                            /** Format: uuid */
                            request_id: string;
                            /** Format: uuid */
                            hold: string;
                            period: string;
                            /** Format: date-time */
                            at: string;
                            /** Format: date-time */
                            ended_at: string;
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            model: string;
                            /** @enum {string} */
                            outcome: "posted" | "voided" | "expired";
                            reason: string | null;
                            /** @enum {string} */
                            unit: "request" | "microusd";
                            units: number;
                            prompt_tokens: number | null;
                            completion_tokens: number | null;
                            cost_microusd?: number | null;
                            /** @enum {string} */
                            bucket: "period" | "grant";
                            /** Format: uuid */
                            grant: string | null;
                        };
                        /** @description An Ed25519 signature of it in the compact form of RFC 7515 */
                        jws: string;
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_rotate: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    grace_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new key; both work in the grace time. The same Idempotency-Key again gives the same key */
            200: {
                content: {
                    "application/json": {
                        license: {
                            /** Format: uuid */
                            id: string;
                            plan: string;
                            /** @enum {string} */
                            status: "active" | "suspended" | "revoked" | "expired";
                            email: string;
                            key_prefix: string;
                            key_last4: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            note: string;
                            /** Format: date-time */
                            plan_until?: string;
                            plan_after?: string;
                        };
                        key: string;
                        /** Format: date-time */
                        previous_key_valid_until: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_reveal: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description The current key, read again; the audit log says by whom */
            200: {
                content: {
                    "application/json": {
                        key: string;
                    };
                };
            };
        };
    };
    get_admin_api_licenses_id_keys: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            path: {
                id: string;
            };
        };
        responses: {
            /** @description A license’s named keys with their limits and this month’s usage, newest first */
            200: {
                content: {
                    "application/json": {
                        keys: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_keys: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    name: string;
                    limits?: {
                        openrouter?: number | null;
                        openai?: number | null;
                        /** @description Of a plan that sells money: micro-dollars a month; null: none */
                        all?: number | null;
                    };
                    rate_limit?: number | null;
                };
            };
        };
        responses: {
            /** @description A new named key; its secret is shown this once */
            201: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                        secret: string;
                    };
                };
            };
        };
    };
    delete_admin_api_licenses_id_keys_key: {
        parameters: {
            path: {
                id: string;
                key: string;
            };
        };
        responses: {
            /** @description Withdraws a named key for good, at once on every replica */
            200: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                    };
                };
            };
        };
    };
    patch_admin_api_licenses_id_keys_key: {
        parameters: {
            path: {
                id: string;
                key: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    limits?: {
                        openrouter?: number | null;
                        openai?: number | null;
                        /** @description Of a plan that sells money: micro-dollars a month; null: none */
                        all?: number | null;
                    };
                    rate_limit?: number | null;
                };
            };
        };
        responses: {
            /** @description Changes a named key’s name, its limits (null: only the license’s) and requests a minute */
            200: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_keys_key_rotate: {
        parameters: {
            path: {
                id: string;
                key: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    grace_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new secret of a named key, shown this once; both work in the grace time */
            200: {
                content: {
                    "application/json": {
                        key: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            state: "active" | "withdrawn";
                            key_prefix: string;
                            key_last4: string;
                            limits: {
                                openrouter: number | null;
                                openai: number | null;
                                /** @description Of a plan that sells money: micro-dollars */
                                all?: number;
                            };
                            rate_limit: number | null;
                            period: string;
                            usage: {
                                openrouter: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                openai: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                                all?: {
                                    used: number;
                                    held: number;
                                    limit: number | null;
                                    remaining: number | null;
                                };
                            };
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            last_used_at: string | null;
                            /** Format: date-time */
                            withdrawn_at: string | null;
                        };
                        secret: string;
                        /** Format: date-time */
                        previous_key_valid_until: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_licenses_id_grants: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    product: string;
                    quantity?: number;
                    /** @description The last day (or instant) of it; then what is left of it is taken back */
                    expires_at?: string;
                    reason?: string;
                } | {
                    /**
                     * @description all: of a plan that sells money
                     * @enum {string}
                     */
                    provider: "openrouter" | "openai" | "all";
                    /** @description Requests; of all micro-dollars, 1000000 is a dollar */
                    units: number;
                    /** @description The last day (or instant) of it; then what is left of it is taken back */
                    expires_at?: string;
                    reason: string;
                };
            };
        };
        responses: {
            /** @description Gives an add-on product, or so many units with a reason; for good or for a time */
            201: {
                content: {
                    "application/json": {
                        grant: {
                            /** Format: uuid */
                            id: string;
                            product: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai" | "all";
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            remaining: number;
                            /** @enum {string} */
                            lasts: "until-used" | "month" | "subscription";
                            /** @enum {string} */
                            status: "active" | "waiting" | "revoked" | "expired" | "used";
                            source: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at?: string;
                        };
                        withdrawn?: number;
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                                held: number;
                                plan_limit: number;
                                addon_limit: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                                held: number;
                                plan_limit: number;
                                addon_limit: number;
                            };
                        };
                    };
                };
            };
        };
    };
    delete_admin_api_licenses_id_grants_grant: {
        parameters: {
            path: {
                id: string;
                grant: string;
            };
        };
        responses: {
            /** @description Takes back what is not used of a grant */
            200: {
                content: {
                    "application/json": {
                        grant: {
                            /** Format: uuid */
                            id: string;
                            product: string | null;
                            /** @enum {string} */
                            provider: "openrouter" | "openai" | "all";
                            units: number;
                            /** @enum {string} */
                            unit?: "microusd";
                            remaining: number;
                            /** @enum {string} */
                            lasts: "until-used" | "month" | "subscription";
                            /** @enum {string} */
                            status: "active" | "waiting" | "revoked" | "expired" | "used";
                            source: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at?: string;
                        };
                        withdrawn?: number;
                        usage_breakdown: {
                            openrouter: {
                                used: number;
                                limit: number;
                                remaining: number;
                                held: number;
                                plan_limit: number;
                                addon_limit: number;
                            };
                            openai: {
                                used: number;
                                limit: number;
                                remaining: number;
                                held: number;
                                plan_limit: number;
                                addon_limit: number;
                            };
                        };
                    };
                };
            };
        };
    };
    get_admin_api_purchases: {
        parameters: {
            query?: {
                outcome?: "applied" | "duplicate" | "waiting" | "ignored" | "failed";
                shop?: "stripe" | "woocommerce" | "signed" | "codes";
                order?: string;
                email?: string;
                product?: string;
                /** @description Why it waits or failed, as the list says it */
                reason?: string;
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description What shops reported, newest first */
            200: {
                content: {
                    "application/json": {
                        purchases: {
                            /** Format: uuid */
                            id: string;
                            shop: string;
                            topic: string | null;
                            order: string | null;
                            outcome: string;
                            reason: string | null;
                            attempts: number;
                            /** Format: date-time */
                            received_at: string;
                            /** Format: date-time */
                            settled_at: string | null;
                            /** Format: date-time */
                            waits_until: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_admin_api_purchases_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description One event, as it came */
            200: {
                content: {
                    "application/json": {
                        purchase: {
                            /** Format: uuid */
                            id: string;
                            shop: string;
                            topic: string | null;
                            order: string | null;
                            outcome: string;
                            reason: string | null;
                            attempts: number;
                            /** Format: date-time */
                            received_at: string;
                            /** Format: date-time */
                            settled_at: string | null;
                            /** Format: date-time */
                            waits_until: string | null;
                            acts?: ("assign" | "replay" | "settle")[];
                            headers?: {
                                [key: string]: unknown;
                            };
                            body?: string;
                            body_base64?: string;
                        };
                    };
                };
            };
        };
    };
    post_admin_api_purchases_id_replay: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Tries again to apply an event */
            200: {
                content: {
                    "application/json": {
                        purchase: {
                            /** Format: uuid */
                            id: string;
                            shop: string;
                            topic: string | null;
                            order: string | null;
                            outcome: string;
                            reason: string | null;
                            attempts: number;
                            /** Format: date-time */
                            received_at: string;
                            /** Format: date-time */
                            settled_at: string | null;
                            /** Format: date-time */
                            waits_until: string | null;
                            acts?: ("assign" | "replay" | "settle")[];
                            headers?: {
                                [key: string]: unknown;
                            };
                            body?: string;
                            body_base64?: string;
                        };
                    };
                };
            };
        };
    };
    post_admin_api_purchases_id_assign: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** Format: uuid */
                    license_id?: string;
                    /** Format: email */
                    email?: string;
                };
            };
        };
        responses: {
            /** @description Says whose the order of an event is, by license or by e-mail, and applies it */
            200: {
                content: {
                    "application/json": {
                        purchase: {
                            /** Format: uuid */
                            id: string;
                            shop: string;
                            topic: string | null;
                            order: string | null;
                            outcome: string;
                            reason: string | null;
                            attempts: number;
                            /** Format: date-time */
                            received_at: string;
                            /** Format: date-time */
                            settled_at: string | null;
                            /** Format: date-time */
                            waits_until: string | null;
                            acts?: ("assign" | "replay" | "settle")[];
                            headers?: {
                                [key: string]: unknown;
                            };
                            body?: string;
                            body_base64?: string;
                        };
                    };
                };
            };
        };
    };
    post_admin_api_purchases_id_settle: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    note: string;
                };
            };
        };
        responses: {
            /** @description Closes an event, and its order if that had no effect yet, with a note */
            200: {
                content: {
                    "application/json": {
                        purchase: {
                            /** Format: uuid */
                            id: string;
                            shop: string;
                            topic: string | null;
                            order: string | null;
                            outcome: string;
                            reason: string | null;
                            attempts: number;
                            /** Format: date-time */
                            received_at: string;
                            /** Format: date-time */
                            settled_at: string | null;
                            /** Format: date-time */
                            waits_until: string | null;
                            acts?: ("assign" | "replay" | "settle")[];
                            headers?: {
                                [key: string]: unknown;
                            };
                            body?: string;
                            body_base64?: string;
                        };
                    };
                };
            };
        };
    };
    get_admin_api_codes: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description Codes and what became of them, newest first; never the codes themselves */
            200: {
                content: {
                    "application/json": {
                        codes: {
                            /** Format: uuid */
                            id: string;
                            product: string;
                            /** @enum {string} */
                            state: "open" | "used" | "withdrawn" | "expired";
                            /** Format: uuid */
                            license_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            /** Format: date-time */
                            used_at: string | null;
                            note: string;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_codes: {
        requestBody?: {
            content: {
                "application/json": {
                    product: string;
                    count: number;
                    /** @description The last day, as 2027-02-28 (it is included, in the zone of the quotas), or an instant as 2027-02-28T12:00:00Z */
                    expires_at?: string | null;
                    note?: string;
                };
            };
        };
        responses: {
            /** @description New codes, each worth a product; they are shown this once */
            201: {
                content: {
                    "application/json": {
                        codes: string[];
                    };
                };
            };
        };
    };
    delete_admin_api_codes_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Withdraws a code that nobody used */
            200: {
                content: {
                    "application/json": {
                        code: {
                            /** Format: uuid */
                            id: string;
                            product: string;
                            /** @enum {string} */
                            state: "open" | "used" | "withdrawn" | "expired";
                            /** Format: uuid */
                            license_id: string | null;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string | null;
                            /** Format: date-time */
                            used_at: string | null;
                            note: string;
                        };
                    };
                };
            };
        };
    };
    get_admin_api_notices: {
        parameters: {
            query?: {
                license?: string;
                kind?: "allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble";
                state?: "pending" | "delivered" | "failed";
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description Notices with their deliveries, newest first */
            200: {
                content: {
                    "application/json": {
                        notices: {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            kind: "allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble";
                            /** Format: uuid */
                            license_id: string | null;
                            /** Format: date-time */
                            occurred_at: string;
                            details: {
                                [key: string]: unknown;
                            };
                            deliveries: {
                                /** @enum {string} */
                                channel: "mail" | "webhook";
                                /** Format: uuid */
                                webhook_endpoint: string | null;
                                /** @enum {string} */
                                state: "pending" | "delivered" | "failed";
                                attempts: number;
                                status: number | null;
                                error: string;
                                /** Format: date-time */
                                due_at: string | null;
                                /** Format: date-time */
                                ended_at: string | null;
                            }[];
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    post_admin_api_notices_id_redeliver: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Delivers a notice again: to all endpoints, and by mail where that failed */
            200: {
                content: {
                    "application/json": {
                        notice: {
                            /** Format: uuid */
                            id: string;
                            /** @enum {string} */
                            kind: "allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble";
                            /** Format: uuid */
                            license_id: string | null;
                            /** Format: date-time */
                            occurred_at: string;
                            details: {
                                [key: string]: unknown;
                            };
                            deliveries: {
                                /** @enum {string} */
                                channel: "mail" | "webhook";
                                /** Format: uuid */
                                webhook_endpoint: string | null;
                                /** @enum {string} */
                                state: "pending" | "delivered" | "failed";
                                attempts: number;
                                status: number | null;
                                error: string;
                                /** Format: date-time */
                                due_at: string | null;
                                /** Format: date-time */
                                ended_at: string | null;
                            }[];
                        };
                    };
                };
            };
        };
    };
    get_admin_api_webhook_endpoints: {
        responses: {
            /** @description Where notices are posted to */
            200: {
                content: {
                    "application/json": {
                        webhook_endpoints: {
                            /** Format: uuid */
                            id: string;
                            url: string;
                            kinds: ("allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble")[];
                            disabled: boolean;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_webhook_endpoints: {
        requestBody?: {
            content: {
                "application/json": {
                    url: string;
                    kinds?: ("allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble")[];
                };
            };
        };
        responses: {
            /** @description A new webhook endpoint; its secret is shown this once */
            201: {
                content: {
                    "application/json": {
                        webhook_endpoint: {
                            /** Format: uuid */
                            id: string;
                            url: string;
                            kinds: ("allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble")[];
                            disabled: boolean;
                            /** Format: date-time */
                            created_at: string;
                        };
                        secret: string;
                    };
                };
            };
        };
    };
    delete_admin_api_webhook_endpoints_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Removes an endpoint, with its deliveries */
            204: {
            };
        };
    };
    patch_admin_api_webhook_endpoints_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    url?: string;
                    kinds?: ("allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble")[];
                    disabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Changes URL or kinds, disables or enables */
            200: {
                content: {
                    "application/json": {
                        webhook_endpoint: {
                            /** Format: uuid */
                            id: string;
                            url: string;
                            kinds: ("allowance_80" | "allowance_100" | "license_expiring" | "license_suspended" | "grant_waiting" | "payment_failed" | "model_retiring" | "purchase_failed" | "mail_failed" | "shop_trouble")[];
                            disabled: boolean;
                            /** Format: date-time */
                            created_at: string;
                        };
                    };
                };
            };
        };
    };
    get_admin_api_shops_shop_check: {
        parameters: {
            path: {
                shop: string;
            };
        };
        responses: {
            /** @description Tries what is set up for a shop, here and there, and says what to change */
            200: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        shop: "stripe" | "woocommerce" | "signed";
                        ok: boolean;
                        checks: {
                            name: string;
                            ok: boolean;
                            says: string;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_usage: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                group?: "day" | "model" | "provider" | "plan" | "license" | "key" | "user";
                license?: string;
                /** @description What the rows have most of that come first; days stay in their order */
                sort?: "requests" | "cost";
                limit?: number;
            };
        };
        responses: {
            /** @description Charged requests, tokens and upstream cost, by day, model, provider, plan, license, key or user */
            200: {
                content: {
                    "application/json": {
                        /** Format: date */
                        from: string;
                        /** Format: date */
                        to: string;
                        group: string;
                        rows: {
                            key: string;
                            requests: number;
                            prompt_tokens: number;
                            completion_tokens: number;
                            cost_microusd: number;
                            name?: string;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_usage_sales: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                group?: "day" | "month" | "plan" | "license" | "order";
                limit?: number;
            };
        };
        responses: {
            /** @description Upstream cost beside what buyers paid, by day, month, plan, license or order */
            200: {
                content: {
                    "application/json": {
                        /** Format: date */
                        from: string;
                        /** Format: date */
                        to: string;
                        group: string;
                        rows: {
                            key: string;
                            cost_microusd: number;
                            sold: {
                                currency: string;
                                payments: number;
                                paid: number;
                                refunded: number;
                                tax?: number;
                            }[];
                            left_out?: number;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_usage_refusals: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                license?: string;
            };
        };
        responses: {
            /** @description Refused chats by day, code and reason; of one license as far as its refusals are kept */
            200: {
                content: {
                    "application/json": {
                        /** Format: date */
                        from: string;
                        /** Format: date */
                        to: string;
                        rows: {
                            /** Format: date */
                            key: string;
                            code: string;
                            reason: string;
                            dialect: string;
                            provider: string;
                            requests: number;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_exports_file: {
        parameters: {
            query?: {
                license?: string;
                /** @description The first day: of requests, of issued licenses, of what shops reported */
                from?: string;
                /** @description The last day */
                to?: string;
            };
            path: {
                file: "licenses.csv" | "licenses.jsonl" | "requests.csv" | "requests.jsonl" | "purchases.csv" | "purchases.jsonl";
            };
        };
        responses: {
            /** @description All licenses, requests or purchases, or those of one license or of some days, as .csv or .jsonl */
            200: {
                content: {
                    "text/csv": string;
                    "application/jsonl": string;
                };
            };
        };
    };
    get_admin_api_verify: {
        responses: {
            /** @description Proves the ledger */
            200: {
                content: {
                    "application/json": {
                        ok: boolean;
                        problems: string[];
                    };
                };
            };
        };
    };
    get_admin_api_upstreams: {
        responses: {
            /** @description Each provider with its last failure, and what its upstream said */
            200: {
                content: {
                    "application/json": {
                        upstreams: {
                            /** @enum {string} */
                            provider: "openrouter" | "openai";
                            last_failure: {
                                /** Format: date-time */
                                at: string;
                                model: string;
                                code: string;
                                reason: string;
                                words: string | null;
                            } | null;
                        }[];
                    };
                };
            };
        };
    };
    get_admin_api_audit: {
        parameters: {
            query?: {
                subject?: string;
                license?: string;
                email?: string;
                key_prefix?: string;
                key_last4?: string;
                actor?: string;
                action?: "license.issue" | "license.change" | "license.undo" | "license.bulk" | "license.suspend" | "license.reinstate" | "license.revoke" | "license.expire" | "license.plan-ended" | "license.limits-ended" | "license.rotate" | "license.reveal" | "license.send-key" | "license.purchase" | "key.create" | "key.change" | "key.rotate" | "key.withdraw" | "grant.give" | "grant.withdraw" | "grant.ended" | "code.create" | "code.redeem" | "code.withdraw" | "purchase.assign" | "purchase.settle" | "administrator.create" | "administrator.change" | "administrator.own-password" | "administrator.second-factor" | "token.create" | "token.revoke" | "webhook_endpoint.create" | "webhook_endpoint.change" | "webhook_endpoint.remove" | "notice.redeliver" | "catalog.reload" | "backup.make";
                from?: string;
                to?: string;
                cursor?: string;
                limit?: number;
            };
        };
        responses: {
            /** @description Every change with who made it, from where, before and after; newest first */
            200: {
                content: {
                    "application/json": {
                        entries: {
                            id: string;
                            /** Format: date-time */
                            at: string;
                            actor: string;
                            address: string;
                            action: string;
                            subject: string;
                            email: string | null;
                            before?: unknown;
                            after?: unknown;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    get_admin_api_backup: {
        responses: {
            /** @description A consistent copy of the whole database */
            200: {
                content: {
                    "application/gzip": string;
                };
            };
        };
    };
    get_admin_api_jobs: {
        responses: {
            /** @description Every job with its last run */
            200: {
                content: {
                    "application/json": {
                        jobs: {
                            name: string;
                            schedule: string;
                            last_run: {
                                /** Format: date-time */
                                started_at: string;
                                /** Format: date-time */
                                finished_at: string | null;
                                /** @enum {string} */
                                outcome: "running" | "abandoned" | "done" | "failed";
                                result?: unknown;
                            } | null;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_jobs_name_run: {
        parameters: {
            path: {
                name: string;
            };
        };
        responses: {
            /** @description Runs a job now */
            200: {
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {string} */
                        outcome: "done";
                        result?: unknown;
                    } | {
                        name: string;
                        /** @enum {string} */
                        outcome: "failed";
                        reason: string;
                    };
                };
            };
        };
    };
    get_admin_api_catalog: {
        responses: {
            /** @description What is sold now */
            200: {
                content: {
                    "application/json": {
                        plans: {
                            [key: string]: unknown;
                        }[];
                        products: {
                            [key: string]: unknown;
                        }[];
                        models: {
                            [key: string]: unknown;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_catalog_validate: {
        responses: {
            /** @description Checks the catalogue’s files and changes nothing */
            200: {
                content: {
                    "application/json": {
                        ok: boolean;
                        faults: string[];
                        changed: boolean;
                    };
                };
            };
        };
    };
    post_admin_api_catalog_reload: {
        responses: {
            /** @description Puts the catalogue’s files into force, if nothing in them is wrong */
            200: {
                content: {
                    "application/json": {
                        ok: boolean;
                        faults: string[];
                        changed: boolean;
                    };
                };
            };
        };
    };
    get_admin_api_administrators: {
        responses: {
            /** @description All administrators */
            200: {
                content: {
                    "application/json": {
                        administrators: {
                            /** Format: uuid */
                            id: string;
                            email: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "owner";
                            disabled: boolean;
                            second_factor: boolean;
                            /** Format: date-time */
                            created_at: string;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_administrators: {
        requestBody?: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    password: string;
                    /** @enum {string} */
                    role: "viewer" | "operator" | "owner";
                };
            };
        };
        responses: {
            /** @description A new administrator */
            201: {
                content: {
                    "application/json": {
                        administrator: {
                            /** Format: uuid */
                            id: string;
                            email: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "owner";
                            disabled: boolean;
                            second_factor: boolean;
                            /** Format: date-time */
                            created_at: string;
                        };
                    };
                };
            };
        };
    };
    patch_admin_api_administrators_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    role?: "viewer" | "operator" | "owner";
                    disabled?: boolean;
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Changes role or password, disables or enables; at once */
            200: {
                content: {
                    "application/json": {
                        administrator: {
                            /** Format: uuid */
                            id: string;
                            email: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "owner";
                            disabled: boolean;
                            second_factor: boolean;
                            /** Format: date-time */
                            created_at: string;
                        };
                    };
                };
            };
        };
    };
    post_admin_api_administrators_id_reset_second_factor: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Switches off the second factor of an administrator who lost it */
            200: {
                content: {
                    "application/json": {
                        administrator: {
                            /** Format: uuid */
                            id: string;
                            email: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "owner";
                            disabled: boolean;
                            second_factor: boolean;
                            /** Format: date-time */
                            created_at: string;
                        };
                    };
                };
            };
        };
    };
    get_admin_api_tokens: {
        responses: {
            /** @description Own API tokens; an owner sees everyone’s */
            200: {
                content: {
                    "application/json": {
                        tokens: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                            /** @enum {string} */
                            role: "viewer" | "operator" | "owner";
                            last4: string;
                            email: string;
                            /** Format: date-time */
                            created_at: string;
                            /** Format: date-time */
                            expires_at: string;
                            /** Format: date-time */
                            revoked_at: string | null;
                        }[];
                    };
                };
            };
        };
    };
    post_admin_api_tokens: {
        requestBody?: {
            content: {
                "application/json": {
                    name: string;
                    /** @enum {string} */
                    role?: "viewer" | "operator" | "owner";
                    /** @description The last day, as 2027-02-28 (it is included, in the zone of the quotas), or an instant as 2027-02-28T12:00:00Z */
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description A new API token, shown this once; of the own role or a lesser one */
            201: {
                content: {
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        name: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "owner";
                        last4: string;
                        email: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        /** Format: date-time */
                        revoked_at: string | null;
                        token: string;
                    };
                };
            };
        };
    };
    delete_admin_api_tokens_id: {
        parameters: {
            path: {
                id: string;
            };
        };
        responses: {
            /** @description Revokes an API token, at once */
            200: {
                content: {
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        name: string;
                        /** @enum {string} */
                        role: "viewer" | "operator" | "owner";
                        last4: string;
                        email: string;
                        /** Format: date-time */
                        created_at: string;
                        /** Format: date-time */
                        expires_at: string;
                        /** Format: date-time */
                        revoked_at: string | null;
                    };
                };
            };
        };
    };
}
