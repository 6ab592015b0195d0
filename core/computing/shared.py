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
from typing import Any, Generic, TypeVar

Part = TypeVar("Part")
LEAST_BYTES = 1000
"""Of work of which nothing is known, with its key."""


class Work(Generic[Part]):
    """What computes one answer, and the parts known of it. `parts` only ever grows; read it, never write it."""

    def __init__(self, source: Iterable[Part] = ()) -> None:
        """Nothing is computed until somebody asks. Without a source somebody brings it: `finish`."""
        self.parts: list[Part] = []
        self.done = False
        self.error: BaseException | None = None
        self.watchers, self.left = 0, time.monotonic()
        self._source = iter(source)
        self._lock = threading.Lock()
        self._part_bytes = 0

    @property
    def bytes(self) -> int:
        """About how much memory it takes: every part as much as the first."""
        return LEAST_BYTES + self._part_bytes * len(self.parts)

    @property
    def busy(self) -> bool:
        """Whether somebody computes it just now."""
        return self._lock.locked()

    def unwatched(self, seconds: float) -> bool:
        """Whether nobody has watched for so long: a page that draws itself anew is not gone."""
        return not self.watchers and time.monotonic() - self.left >= seconds

    def claim(self, *, wait: bool = False) -> bool:
        """Whether it is the caller's to compute until `let_go`; not where somebody else does, or it is done."""
        if not self._lock.acquire(blocking=wait):
            return False
        if self.done:
            self.let_go()
        return not self.done

    def let_go(self) -> None:
        """Whoever comes next may go on."""
        self._lock.release()

    def advance(self, goes_on: Callable[[], bool] = lambda: True, *, wait: bool = False) -> bool:
        """Take parts to the end, or while `goes_on` says so; False where it could not be claimed."""
        if not self.claim(wait=wait):
            return False
        try:
            while not self.done and goes_on():
                self._take()
        finally:
            self.let_go()
        return True

    def finish(self, part: Part) -> None:
        """All there is to know, brought by who has claimed it."""
        if not self.done:
            self._add(part)
            self.done = True

    def _take(self) -> None:
        try:
            self._add(next(self._source))
        except StopIteration:
            self.done = True
        except (
            BaseException
        ) as error:  # told to every watcher: a generator that raised looks finished
            self.error, self.done = error, True

    def _add(self, part: Part) -> None:
        self._part_bytes = self._part_bytes or bytes_of(part)
        self.parts.append(part)


Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item", bound=Work[Any])


class Shared(Generic[Key, Item]):
    """Work by key, the least recently asked for dropped first, but never while it is watched."""

    def __init__(self, begin: Callable[[Key], Item], most_bytes: int) -> None:
        """`begin`: makes a key's work, without computing anything."""
        self._begin_work = begin
        self._most_bytes = most_bytes
        self._items: OrderedDict[Key, Item] = OrderedDict()
        self._lock = threading.Lock()

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
            items = {key: self._asked_for(key) for key in keys}
            for item in items.values():
                item.watchers += 1
            self._evict()
        try:
            yield items
        finally:
            with self._lock:
                for item in items.values():
                    item.watchers -= 1
                    item.left = time.monotonic()
                self._evict()

    def follow(self, key: Key) -> Generator[tuple[Item, bool], None, None]:
        """Yield (the work, whether it waits for its turn) until it is done, then once more.

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
        """Compute, or wait for who does; False where it must wait for its turn."""
        item.advance(wait=True)
        return True

    def _asked_for(self, key: Key) -> Item:
        item = self._items.get(key)
        if item is None or item.error is not None:
            item = self._items[key] = self._begin_work(key)
        self._items.move_to_end(key)
        return item

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


def bytes_of(thing: object) -> int:
    """About how much memory a tree of plain data takes: numbers, texts, collections, dataclasses, arrays."""
    if isinstance(thing, type):
        return 0
    own = max(sys.getsizeof(thing), getattr(thing, "nbytes", 0))
    return own + sum(map(bytes_of, gc.get_referents(thing)))
