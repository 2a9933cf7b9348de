// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the reader of captures.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "dataplane/capture/capture_reader.hpp"
#include "host/core/bytes.hpp"
#include "tests/fuzz/require.hpp"

using switchyard::Bytes;
using switchyard::dataplane::CaptureReader;
using switchyard::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    Bytes copy(data, data + size);
    auto reader = CaptureReader::read(::fmemopen(copy.data(), copy.size(), "rb"), "input");
    if (!reader) return 0;
    // Each frame takes a record's header of the input or more.
    for (size_t frames = 0;; ++frames) {
        require(frames <= size / 12, "more frames than the file has room for");
        const auto frame = reader->next();
        if (!frame) {
            const auto again = reader->next();
            require(!again && again.error().message == frame.error().message, "an error stays");
            return 0;
        }
        if (!*frame) return 0;
        require((*frame)->bytes.size() <= 65'535 && (*frame)->bytes.size() <= size,
                "a frame lies within the file");
    }
}
