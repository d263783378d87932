export default { code: 'fa', name: 'فارسی', locale: 'fa-IR', direction: 'rtl' } as const;
