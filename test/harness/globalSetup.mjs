// Jest imports this file without a transform; the loader lets it go on in TypeScript.
import './typescriptLoader.mjs';

export default async function globalSetup() {
  const { prepareTemplate } = await import('./templateDatabase.ts');
  await prepareTemplate();
}
