import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  casing: 'snake_case',
  schema: './src/adapters/sqlite/schema/index.ts',
  out: './migrations',
});
