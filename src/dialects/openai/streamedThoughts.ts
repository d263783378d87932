// Collects the thoughts in a stream until a tool call begins, and puts them into that call's id.

import { withThought } from '../../domain/thought.js';
import { textOf } from '../../domain/unknownJson.js';

type Fields = Record<string, unknown>;

export class StreamedThoughts {
  private readonly details: Fields[] = [];
  private content = '';
  private hasCalled = false;

  /** Adds the collected thoughts to the ids of tool calls that begin in this delta. */
  hear(delta: Fields): void {
    const { reasoning_details, reasoning_content, tool_calls } = delta;
    if (typeof reasoning_content === 'string') this.content += reasoning_content;
    if (Array.isArray(reasoning_details)) {
      for (const detail of reasoning_details) this.join(detail);
    }
    if (Array.isArray(tool_calls)) delta.tool_calls = tool_calls.map(call => this.carry(call));
  }

  private carry(call: Fields): Fields {
    const { id, extra_content } = call;
    if (typeof id !== 'string') return call;
    const isFirst = !this.hasCalled;
    this.hasCalled = true;
    const before = isFirst
      ? {
          ...(this.details.length > 0 && { reasoning_details: this.details }),
          ...(this.content !== '' && { reasoning_content: this.content }),
        }
      : {};
    return { ...call, id: withThought(id, { ...before, extra_content }) };
  }

  /** Joins the texts of details with the same index and type, because they come in pieces. */
  private join(detail: unknown): void {
    if (typeof detail !== 'object' || detail === null) return;
    const said = detail as Fields;
    const known = this.details.find(
      one => said.index !== undefined && one.index === said.index && one.type === said.type,
    );
    if (!known) {
      this.details.push({ ...said });
      return;
    }
    for (const [name, value] of Object.entries(said)) {
      const isText = ['text', 'summary', 'data'].includes(name) && typeof value === 'string';
      known[name] = isText ? (textOf(known[name]) ?? '') + value : (value ?? known[name]);
    }
  }
}
