export { openStore, type StoreOptions } from './rollout-store.ts';
