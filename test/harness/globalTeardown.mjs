import './typescriptLoader.mjs';

export default async function globalTeardown() {
  const { removeTemplate } = await import('./templateDatabase.ts');
  await removeTemplate();
}
