// The closed lists of the service, and the names of its providers. Written by web/writeTypes.mjs.
export const EXPORTED = ["licenses","requests","purchases"] as const;
export const MODALITIES = ["text","image","file","audio","video"] as const;
export const PROVIDERS = ["openrouter","openai"] as const;
export const ROLES = ["viewer","operator","owner"] as const;
export const SELLERS = ["stripe","woocommerce","signed","codes"] as const;
export const SHOPS = ["stripe","woocommerce","signed"] as const;
export const PROVIDER_NAMES: Record<string, string> = {"openrouter":"OpenRouter","openai":"OpenAI"};
