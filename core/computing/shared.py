"""The store: what is computed once per process, shared by all who ask, and dropped where memory runs short.

Whoever watches drives: a watcher takes part after part from what computes, one watcher at a time; who leaves simply
stops asking, and the next one goes on from there. So there are no threads here, and nothing to cancel.
"""

import gc
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Generic, TypeVar

from core.computing import limits
from core.computing.gate import COMPUTING, Turn, Urgency

Part = TypeVar("Part")
SLICE_SECONDS, WATCH_SECONDS = 0.02, 0.1
MOST_BYTES = 10 * 2**20
LEAST_BYTES = 1000
"""Of work of which nothing is known, with its key."""


class Work(Generic[Part]):
    """What computes one answer, and the parts known of it. `parts` only ever grows; read it, never write it.

    A source that has worked, but knows nothing more, yields None. lock: held by who computes.
    """

    def __init__(self, key: Any, source: Iterable[Part]) -> None:
        """Nothing is computed until somebody asks."""
        self.key = key
        self.parts: list[Part] = []
        self.done = False
        self.error: BaseException | None = None
        self.watchers, self.left = 0, time.monotonic()
        self.lock = threading.Lock()
        self._source = iter(source)
        self._part_bytes = 0

    @property
    def bytes(self) -> int:
        """About how much memory it takes: every part as much as the first."""
        return LEAST_BYTES + self._part_bytes * len(self.parts)

    def unwatched(self, seconds: float) -> bool:
        """Whether nobody has watched for so long: a page that draws itself anew is not gone."""
        return not self.watchers and time.monotonic() - self.left >= seconds

    def claim(self, *, wait: bool = False) -> bool:
        """Take the lock; not where somebody else has it, nor where there is nothing left to do."""
        if not self.lock.acquire(blocking=wait):
            return False
        if self.done:
            self.lock.release()
        return not self.done

    def advance(self, goes_on: Callable[[], bool] = lambda: True, *, wait: bool = False) -> bool:
        """Take parts to the end, or while `goes_on` says so; False where it could not be claimed."""
        if not self.claim(wait=wait):
            return False
        try:
            while not self.done and goes_on():
                part = next(self._source)
                if part is not None:
                    self._add(part)
        except StopIteration:
            self.done = True
        except (
            BaseException
        ) as error:  # told to every watcher: a generator that raised looks finished
            self.error, self.done = error, True
        finally:
            self.lock.release()
        return True

    def begin_again(self, source: Iterable[Part]) -> None:
        """The parts that are known stay; all others come from here. For who has claimed it."""
        self._source = iter(source)

    def finish(self, part: Part) -> None:
        """All there is to know, brought by who has claimed it."""
        if not self.done:
            self._add(part)
            self.done = True

    def _add(self, part: Part) -> None:
        self._part_bytes = self._part_bytes or bytes_of(part)
        self.parts.append(part)


Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item", bound=Work[Any])
R = TypeVar("R")


class Shared(Generic[Key, Item]):
    """Work by key, the least recently asked for dropped first, but never while it is watched."""

    work: type[Item] = Work  # type: ignore[assignment]

    def __init__(
        self,
        compute: Callable[[Key], Iterable[Any]] = lambda _: (),
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """`compute`: yields an answer's parts. Without it somebody brings them."""
        self._compute, self._most_bytes = compute, most_bytes
        self._items: OrderedDict[Key, Item] = OrderedDict()
        self._lock = threading.Lock()

    def held(self) -> tuple[int, int]:
        """How many there are, and their bytes."""
        with self._lock:
            return len(self._items), sum(item.bytes for item in self._items.values())

    def there(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The work of those keys that have any."""
        with self._lock:
            found = {key: self._items[key] for key in keys if key in self._items}
            for key in found:
                self._items.move_to_end(key)
            return found

    @contextmanager
    def watched(self, *keys: Key) -> Iterator[dict[Key, Item]]:
        """Their work, which nobody drops meanwhile. An error is not kept: who comes after it begins anew."""
        with self._lock:
            for key in keys:
                if key not in self._items or self._items[key].error is not None:
                    self._items[key] = self.work(key, self._compute(key))
                self._items.move_to_end(key)
            items = {key: self._items[key] for key in keys}
            self._watch(items.values(), 1)
        try:
            yield items
        finally:
            with self._lock:
                self._watch(items.values(), -1)

    def follow(self, key: Key) -> Generator[tuple[Item, bool], None, None]:
        """Yield (the work, whether it waits for room) until it is done, then once more.

        Nothing is held at a yield, so whoever follows may stop at any time.

        Raises:
            BaseException: whatever was raised where it is computed, to each who follows.
        """
        with self.watched(key) as items:
            item = items[key]
            while not item.done:
                yield item, not self._drive(item)
            if item.error is not None:
                raise item.error
            yield item, False

    def finished(self, key: Key) -> Item:
        """Follow to the end."""
        return [item for item, _ in self.follow(key)][-1]

    def _drive(self, item: Item) -> bool:
        """Compute, or wait for who does; False where there is no room."""
        item.advance(wait=True)
        return True

    def _watch(self, items: Iterable[Item], more: int) -> None:
        for item in items:
            item.watchers += more
            item.left = time.monotonic()
        self._evict()

    def _evict(self) -> None:
        self._drop(self._most_bytes, lambda item: item.bytes)

    def _drop(self, most_bytes: int, held: Callable[[Item], int]) -> int:
        """Drop the oldest that hold any of these bytes until no more are held; how many still are."""
        bytes_by_key = {key: held(item) for key, item in self._items.items()}
        total = sum(bytes_by_key.values())
        for key, own in bytes_by_key.items():
            if total <= most_bytes:
                break
            if own and not self._items[key].watchers:
                total -= own
                del self._items[key]
        return total


class Sliced(Shared[Key, Item]):
    """Work that takes long, done by slices of a few milliseconds; who watches another do it looks now and then."""

    def _drive(self, item: Item) -> bool:
        end = time.perf_counter() + SLICE_SECONDS
        if not item.advance(lambda: time.perf_counter() < end) and not item.done:
            time.sleep(WATCH_SECONDS)
        return True


def once(function: Callable[..., R]) -> Callable[..., R]:
    """Keep a function's last results; whoever asks for one that is in work waits for it.

    Its arguments are hashable and given by position. What it raises is raised to all who wait, and not kept. A
    function of `once` must not call another one: both would need a place at the gate.
    """

    @wraps(function)
    def answer(*args: Hashable) -> R:
        ((result,),) = RESULTS.finished((function, args)).parts
        return result  # type: ignore[no-any-return]

    return answer


def _call(call: tuple[Callable[..., Any], tuple[Hashable, ...]]) -> Iterator[Any]:
    function, args = call
    with COMPUTING.place(Turn(Urgency.TRIAL)):
        result = function(*args)
    yield (result,)


RESULTS: Shared[Any, Work[Any]] = Shared(_call)
"""The process's own, of all functions of `once`."""


KEPT: Shared[Hashable, Work[Any]] = Shared(most_bytes=limits.KEPT.bytes)
"""The process's own, of all that is `kept`."""


def kept(key: Hashable, make: Callable[[], R]) -> R:
    """What follows from the key alone, made once for all who ask. While it is made, `make` must wait for nobody."""
    with KEPT.watched(key) as works:
        work = works[key]
        if work.claim(wait=True):
            try:
                work.finish(make())
            finally:
                work.lock.release()
        return work.parts[0]  # type: ignore[no-any-return]


def bytes_of(thing: object) -> int:
    """About how much memory a tree of plain data takes: numbers, texts, collections, dataclasses, arrays."""
    if isinstance(thing, type):
        return 0
    own = max(sys.getsizeof(thing), getattr(thing, "nbytes", 0))
    return own + sum(map(bytes_of, gc.get_referents(thing)))
