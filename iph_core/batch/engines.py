"""Where rows are worked on: in this process, in processes of this machine, on a Ray cluster.

Each engine yields the outcomes in the order in which they become ready.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from iph_core import runtime
from iph_core.batch.manifest import Outcome
from iph_core.batch.work import Task, failure, work
from iph_core.errors import InputError

logger = logging.getLogger(__name__)

DIED = "The process died, most likely of too little memory: try fewer workers or a smaller photo."


def local(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """Processes of this machine; with one worker, this process.

    Where a process dies it takes its pool along. The rows that are left run one by one then, each
    in a process of its own, so that the one that kills is found and the others are done.
    """
    if workers == 1:
        yield from map(work, tasks)
        return
    left = yield from _pool(tasks, workers)
    for task in left:
        if (yield from _pool([task], 1)):
            yield failure(task, DIED)


def _pool(tasks: Sequence[Task], workers: int) -> Generator[Outcome, None, list[Task]]:
    """Yields outcomes; returns the tasks that are left where a process died."""
    threads = max(1, runtime.thread_count() // workers)
    context = get_context("spawn")  # Forked copies of a process with threads may hang.
    left = []
    with ProcessPoolExecutor(workers, context, _begin, (threads,)) as pool:
        futures = {pool.submit(work, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    left.append(futures[future])
        except BaseException:
            # Waits for the rows that run: a pool that is let go before cancels nothing.
            pool.shutdown(cancel_futures=True)
            raise
    return left


def _begin(count: int) -> None:
    """At the start of a process: as many of them as workers, each with its part of the cores.

    Torch reads the second when it is imported, which is later. Ctrl-C is for the first process,
    which lets the rows that run come to their end.
    """
    os.environ["IPH_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(count)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def on_ray(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """A Ray cluster: the one of RAY_ADDRESS, else one started here with `workers` slots.

    Every node needs this package, and the photos under the same paths.
    """
    try:
        import ray
    except ImportError:
        raise InputError(
            "--engine ray needs the package ray: install requirements-extras.txt, or use local."
        ) from None
    started = not ray.is_initialized()
    if started:
        # A cluster that exists already knows how many slots it has.
        slots = None if os.environ.get("RAY_ADDRESS") else workers
        try:
            ray.init(num_cpus=slots, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:  # Ray raises plain ones where a node does not start in time.
            logger.exception("ray.init")
            raise InputError(
                f"The Ray cluster does not start ({error}): check RAY_ADDRESS, or use the engine"
                " local."
            ) from None
    try:
        remote = ray.remote(num_cpus=1, max_retries=0)(work)
        running = {remote.remote(task): task for task in tasks}
        while running:
            (ready, *_), _ = ray.wait(list(running))
            task = running.pop(ready)
            try:
                yield ray.get(ready)
            except ray.exceptions.RayError:
                logger.exception("row %d", task.job.row)
                yield failure(task, DIED)
    finally:
        if started:
            ray.shutdown()
