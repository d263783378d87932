import { defineConfig } from 'prisma/config';

// `prisma generate` asks for the native schema engine before it starts, though it never runs it.
// Any executable satisfies the question, and nothing has to be downloaded.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma' });
