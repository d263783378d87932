export default { code: 'zh-TW', name: '繁體中文', locale: 'zh-TW', direction: 'ltr' } as const;
