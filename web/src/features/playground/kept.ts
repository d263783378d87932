// Conversations that the reader keeps in this browser. Keys are never stored.

import { useCallback, useEffect, useState } from 'react';
import { type Conversation, isUnderWay } from './conversation.js';

const DATABASE = 'sahm-playground';
const STORE = 'conversations';
const WANTED = 'sahm-playground-keeps';

export interface Kept {
  isWanted: boolean;
  want(isWanted: boolean): void;
  conversations: Conversation[];
  forget(id: string): void;
}

/** Stores the open conversation after each answer. */
export function useKept(open: Conversation): Kept {
  const [isWanted, setWanted] = useState(() => localStorage.getItem(WANTED) === 'yes');
  const [conversations, setConversations] = useState<Conversation[]>([]);
  const read = useCallback(async () => {
    const all = await inStore('readonly', store => store.getAll() as IDBRequest<Conversation[]>);
    setConversations(all.sort((a, b) => b.changedAt.localeCompare(a.changedAt)));
  }, []);
  useEffect(() => {
    if (isWanted) void read().catch(() => undefined);
  }, [isWanted, read]);
  useEffect(() => {
    if (!isWanted || open.turns.length === 0 || isUnderWay(open)) return;
    void inStore('readwrite', store => store.put(open))
      .then(read)
      .catch(() => undefined);
  }, [isWanted, open, read]);
  return {
    isWanted,
    want(next) {
      setWanted(next);
      if (next) return localStorage.setItem(WANTED, 'yes');
      localStorage.removeItem(WANTED);
      setConversations([]);
      indexedDB.deleteDatabase(DATABASE);
    },
    conversations: isWanted ? conversations : [],
    forget(id) {
      void inStore('readwrite', store => store.delete(id))
        .then(read)
        .catch(() => undefined);
    },
  };
}

async function inStore<Result>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'id' });
  const database = await resultOf(opening);
  try {
    return await resultOf(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function resultOf<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
