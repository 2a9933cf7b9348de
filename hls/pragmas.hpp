// SPDX-License-Identifier: Apache-2.0
// The pragmas of Vitis HLS, which an ordinary compiler and Bambu do not see.
//
// Bambu rejects several that Vitis needs, and looks for its own in front of the function rather
// than inside it, by source position: those stand there in plain text under `#if
// defined(__BAMBU__)`, as a pragma that comes out of a macro has no such position.
//
//     HLS_LOOP(every_word)
//     for (uint32_t i = 0; i < n; ++i) {
//         VITIS_HLS(PIPELINE II = 1)  // one word per clock
//         ...
//     }
#pragma once

#define SWITCHYARD_HLS_PRAGMA_TEXT(text) _Pragma(#text)

#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#define VITIS_HLS(...) SWITCHYARD_HLS_PRAGMA_TEXT(HLS __VA_ARGS__)
// The processes of a kernel run side by side. Bambu does the same when this is defined by hand.
#if !defined(SWITCHYARD_HLS_DATAFLOW)
#define SWITCHYARD_HLS_DATAFLOW
#endif
#else
#define VITIS_HLS(...)
#endif

// Vitis reports a loop by its label; elsewhere an unused label is a warning.
#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#define HLS_LOOP(name) \
    name:
#else
#define HLS_LOOP(name)
#endif

// A step or helper that is part of its caller's circuit. As a circuit of its own it would get its
// arguments, and hand back a structure, through memory. Vitis decides for itself.
#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#define HLS_INLINE inline
#else
#define HLS_INLINE inline __attribute__((always_inline))
#endif
