// Every provider's wire: a folder each, and a line here.

import type { PerProvider } from '../domain/provider.js';
import { openai } from './openai/wire.js';
import { openrouter } from './openrouter/wire.js';
import type { Wire } from './port.js';

export const WIRES: PerProvider<Wire> = { openrouter, openai };
