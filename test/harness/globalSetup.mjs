// Jest imports this file without a transform. The loader makes further imports of TypeScript work.
import './typescriptLoader.mjs';

export default async function globalSetup() {
  const { prepareTemplate } = await import('./templateDatabase.ts');
  await prepareTemplate();
}
