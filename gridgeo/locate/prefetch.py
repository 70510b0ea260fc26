"""Asking the processor for memory before it is needed.

A look-up among tens of megabytes waits for memory rather than for arithmetic. Told in advance, the processor fetches
some dozens of lines at once; `prefetch` never fails, whatever the place.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["prefetch"]


@intrinsic
def prefetch(_: Any, array: Any, place: Any) -> Any:  # noqa: ARG001 - an intrinsic names what it takes
    """Ask for the line of the cache with one element of a contiguous array, counted from its beginning.

    Parameters
    ----------
    array : ndarray
    place : int
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kept = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(kept.data, [arguments[1]])
        anything = builder.bitcast(pointer, cgutils.voidptr_t)
        number = ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, form, "llvm.prefetch.p0")
        builder.call(ask, [anything, number(0), number(3), number(1)])  # to read, to be kept, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate
