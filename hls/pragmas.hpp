// SPDX-License-Identifier: Apache-2.0
// The one place that knows which compiler reads which pragma; an ordinary compiler sees none.
//
// Vitis HLS wants a pragma inside the function or loop that it is about, Bambu in front of it, and
// Bambu rejects several that Vitis needs. So each has its own macro, and a kernel uses both:
//
//     BAMBU_HLS(interface port = in mode = m_axi offset = direct bundle = gmem0)
//     extern "C" void top(const Word* in) {
//         VITIS_HLS(INTERFACE mode = m_axi port = in offset = slave bundle = gmem0)
//         HLS_LOOP(every_word) for (...) { VITIS_HLS(PIPELINE II = 1) ... }
//     }
#pragma once

#define SWITCHYARD_HLS_PRAGMA_TEXT(text) _Pragma(#text)

#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#define VITIS_HLS(...) SWITCHYARD_HLS_PRAGMA_TEXT(HLS __VA_ARGS__)
#else
#define VITIS_HLS(...)
#endif

#if defined(__BAMBU__)
#define BAMBU_HLS(...) SWITCHYARD_HLS_PRAGMA_TEXT(HLS __VA_ARGS__)
#else
#define BAMBU_HLS(...)
#endif

// Vitis reports a loop by its label; elsewhere an unused label is a warning.
#if defined(__SYNTHESIS__) || defined(__VITIS_HLS__)
#define HLS_LOOP(name) \
    name:
#else
#define HLS_LOOP(name)
#endif
