// Scripts that complete commands, options and choices in a shell. They contain all words, so that a completion need not
// start a program.

import type { Command } from 'commander';
import type { Defaults } from './commands.js';

export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

interface Place {
  /** The words before, such as ` license list`. */
  path: string;
  /** What may follow. */
  words: string[];
  /** The choices of its options, by option. */
  choices: Record<string, string[]>;
  /** Options that take a value. */
  valued: string[];
}

export interface Whole {
  program: Command;
  defaults: Defaults;
}

export function completionScript(whole: Whole, shell: Shell): string {
  const places = placesIn(whole.program, '', whole);
  if (shell === 'bash') return bashScript(places);
  // zsh runs completions of bash, but counts from one unless this is set.
  const script = bashScript(places, '  setopt localoptions ksharrays\n');
  return `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
${script}`;
}

function placesIn(command: Command, path: string, whole: Whole): Place[] {
  const { program, defaults } = whole;
  const own = [command, defaults.get(command), program].flatMap(each => each?.options ?? []);
  const options = [...new Set(own)].filter(({ hidden }) => !hidden);
  const flags = options.flatMap(({ long }) => long ?? []);
  const choices = options.flatMap(({ long, argChoices = [] }) =>
    long && argChoices.length > 0 ? [[long, argChoices] as const] : [],
  );
  const here: Place = {
    path,
    words: [
      ...command.commands.map(inner => inner.name()),
      ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
      ...flags,
      '--help',
    ],
    choices: Object.fromEntries(choices),
    valued: options.filter(({ required }) => required).flatMap(({ long }) => long ?? []),
  };
  const inner = command.commands.flatMap(each =>
    [each.name(), ...each.aliases()].flatMap(name => placesIn(each, `${path} ${name}`, whole)),
  );
  return [here, ...inner];
}

/** The script must not use variables with a meaning in zsh, such as `path` and `words`. */
function bashScript(places: Place[], first = ''): string {
  const words = places.map(({ path, words }) => `    "${path}") may="${words.join(' ')}" ;;`);
  const paths = places.map(({ path }) => `"${path}"`).join('|');
  const values = places.flatMap(({ path, choices, valued }) =>
    valued.map(option => `    "${path} ${option}") may="${(choices[option] ?? []).join(' ')}" ;;`),
  );
  return `_sahm() {
${first}  local said="" may="" word="" last="" before="" current="\${COMP_WORDS[COMP_CWORD]}"
  local -i at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    # In bash, the sign of --status=active is a word of its own.
    [[ "$word" == "=" ]] || last="$word"
    case "$said $word" in
    ${paths}) said="$said $word" ;;
    esac
  done
  case "$said" in
${words.join('\n')}
  esac
  case "$current" in
  =) current="" ;;
  --*=*)
    last="\${current%%=*}"
    before="$last="
    current="\${current#*=}"
    ;;
  esac
  case "$said $last" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -P "$before" -W "$may" -- "$current"))
}
complete -o default -F _sahm sahm
`;
}
