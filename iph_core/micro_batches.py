"""Requests of many threads, gathered for a few milliseconds and answered together.

A GPU takes hardly longer for eight small pictures than for one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from iph_core.errors import InputError

Question = TypeVar("Question")
Answer = TypeVar("Answer")

GATHER_SECONDS = 0.004
MOST_TOGETHER = 8
MOST_WAITING = 64


class Overloaded(InputError):
    """More requests wait than there is room for."""


class MicroBatches(Generic[Question, Answer]):
    """Answers questions in batches, on a thread of its own that starts with the first one.

    run: answers questions of one kind, in their order. kind: of a question; only equal kinds share
    a batch. seconds: how long to wait for company; most: questions in a batch; waiting: questions
    in the queue, beyond which `Overloaded` is raised.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Question]], Sequence[Answer]],
        kind: Callable[[Question], Hashable] = lambda question: None,
        seconds: float = GATHER_SECONDS,
        most: int = MOST_TOGETHER,
        waiting: int = MOST_WAITING,
    ) -> None:
        self._run, self._kind = run, kind
        self._seconds, self._most = seconds, most
        self._queue: queue.Queue[tuple[Question, Future[Answer]]] = queue.Queue(waiting)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, question: Question) -> Answer:
        """The answer, when it is there; what answering it alone raises; Overloaded if too many
        wait already."""
        answer: Future[Answer] = Future()
        try:
            self._queue.put_nowait((question, answer))
        except queue.Full:
            raise Overloaded("Too many requests at once: try again in a few seconds.") from None
        self._start()
        return answer.result()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="batches", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            kinds: dict[Hashable, list[tuple[Question, Future[Answer]]]] = {}
            for asked in self._gathered():
                kinds.setdefault(self._kind(asked[0]), []).append(asked)
            for batch in kinds.values():
                self._answer(batch)

    def _gathered(self) -> list[tuple[Question, Future[Answer]]]:
        """The next question, and those that come soon after it."""
        batch = [self._queue.get()]
        end = time.monotonic() + self._seconds
        while len(batch) < self._most:
            try:
                batch.append(self._queue.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                break
        return batch

    def _answer(self, batch: list[tuple[Question, Future[Answer]]]) -> None:
        try:
            answers = self._run([question for question, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            # One of them may be at fault, the others shall not suffer from it.
            for asked in batch:
                self._answer([asked])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
