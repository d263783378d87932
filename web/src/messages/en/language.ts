export default { code: 'en', name: 'English', locale: 'en-GB', direction: 'ltr' } as const;
