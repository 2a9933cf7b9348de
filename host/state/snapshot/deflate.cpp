// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/deflate.hpp"

#include <isa-l/igzip_lib.h>

namespace switchyard::snapshot {

struct Deflater::State {
    isal_zstream stream;
    uint8_t level_buffer[ISAL_DEF_LVL1_DEFAULT];
};

Deflater::Deflater() : state_(std::make_unique<State>()) {}
Deflater::~Deflater() = default;

Result<size_t> Deflater::compress(BytesView in, std::span<uint8_t> out) {
    SWITCHYARD_ASSERT(in.size() <= UINT32_MAX && out.size() <= UINT32_MAX);
    isal_zstream& stream = state_->stream;
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = state_->level_buffer;
    stream.level_buf_size = sizeof state_->level_buffer;
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    stream.next_in = const_cast<uint8_t*>(in.data());
    stream.avail_in = static_cast<uint32_t>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uint32_t>(out.size());
    const int code = isal_deflate(&stream);
    if (code != COMP_OK || stream.avail_in != 0 || stream.internal_state.state != ZSTATE_END)
        return Error{ErrorCode::Internal, "igzip did not compress " + std::to_string(in.size()) +
                                              " bytes into " + std::to_string(out.size()) +
                                              " (code " + std::to_string(code) + ")"};
    return size_t{stream.total_out};
}

struct Inflater::State {
    inflate_state stream;
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::~Inflater() = default;

Result<void> Inflater::decompress(BytesView in, std::span<uint8_t> out) {
    SWITCHYARD_ASSERT(in.size() <= UINT32_MAX && out.size() <= UINT32_MAX);
    inflate_state& stream = state_->stream;
    isal_inflate_init(&stream);
    stream.crc_flag = ISAL_DEFLATE;
    stream.next_in = const_cast<uint8_t*>(in.data());
    stream.avail_in = static_cast<uint32_t>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uint32_t>(out.size());
    const int code = isal_inflate_stateless(&stream);
    // Whole bytes may be left in its bit buffer.
    if (code != ISAL_DECOMP_OK || stream.total_out != out.size() || stream.avail_in != 0 ||
        stream.read_in_length >= 8)
        return Error{ErrorCode::Corrupt, "the compressed bytes are no DEFLATE stream of " +
                                             std::to_string(out.size()) + " bytes"};
    return {};
}

}  // namespace switchyard::snapshot
