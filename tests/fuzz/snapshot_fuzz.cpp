// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to snapshots: any bytes as rows, in one piece and in two; as headers, as they
// are and with their checksums made right; as compressed bytes, and compressed.
#include <algorithm>
#include <array>

#include "host/core/checksum/crc32c.hpp"
#include "host/state/snapshot/deflate.hpp"
#include "host/state/snapshot/format.hpp"
#include "host/state/snapshot/row_codec.hpp"
#include "tests/fuzz/require.hpp"

namespace switchyard::fuzz {
namespace {

using namespace snapshot;
using Kind = RowDecoder::Kind;

struct Decoded {
    Bytes again;  ///< the rows, encoded
    bool end = false;
    std::vector<size_t> row_ends;
};

/// The rows up to the end of the pieces or the first error.
Decoded decode(std::initializer_list<BytesView> pieces) {
    RowDecoder decoder;
    Decoded out;
    for (const BytesView piece : pieces) {
        decoder.feed(piece);
        for (;;) {
            const auto kind = decoder.next();
            if (!kind) {
                require(kind.error().code == ErrorCode::Corrupt, "an error of the wrong kind");
                require(!decoder.next(), "a decoder that failed goes on");
                return out;
            }
            if (*kind == Kind::Account) append_account(out.again, decoder.account());
            if (*kind == Kind::Slot) append_slot(out.again, decoder.slot());
            if (*kind == Kind::Code) append_code(out.again, decoder.code());
            if (*kind == Kind::End) append_end(out.again, decoder.counts());
            out.end = *kind == Kind::End;
            if (*kind == Kind::PieceEnd || out.end) break;
            out.row_ends.push_back(out.again.size());
        }
    }
    return out;
}

void check_rows(BytesView input) {
    const Decoded whole = decode({input});
    require(
        whole.again.size() <= input.size() && equal(whole.again, input.first(whole.again.size())),
        "encode(decode(x)) is not x");
    require(!whole.end || whole.again.size() == input.size(), "bytes behind the end");
    if (whole.row_ends.empty()) return;
    const size_t cut = whole.row_ends[input.size() % whole.row_ends.size()];
    const Decoded parts = decode({input.first(cut), input.subspan(cut)});
    require(parts.again == whole.again && parts.end == whole.end, "pieces give other rows");
}

void check_header(BytesView input) {
    const auto header = decode_header(input);
    if (!header) return;
    std::array<uint8_t, kHeaderBytes> again;
    encode_header(*header, again.data());
    require(equal(again, input.first(kHeaderBytes)), "a header does not encode back");
    const SnapshotInfo& info = header->info;
    require(info.stripe_bytes <= kStripeBytesMax && header->shard < info.shards() &&
                info.data_shards <= kDataShardsMax && info.parity_shards <= kParityShardsMax,
            "a header beyond the limits");
    // The rest as a chunk header of it.
    Bytes chunk = to_bytes(input.subspan(kHeaderBytes));
    chunk.resize(kChunkHeaderBytes);
    if (const auto decoded = decode_chunk_header(*header, 0, chunk)) {
        std::array<uint8_t, kChunkHeaderBytes> bytes;
        encode_chunk_header(*header, *decoded, bytes.data());
        require(equal(bytes, chunk), "a chunk header does not encode back");
        require(decoded->row_bytes <= info.stripe_bytes &&
                    decoded->compressed_bytes <= compressed_bytes_max(info.stripe_bytes),
                "a chunk beyond the limits");
    }
}

/// The header that the input would be if its checksum and magic were right.
void check_forged_header(BytesView input) {
    if (input.size() < kHeaderBytes) return;
    Bytes forged = to_bytes(input);
    constexpr std::string_view magic = "SWSNAPSH";
    std::copy(magic.begin(), magic.end(), forged.begin());
    const uint32_t crc = crc32c(BytesView(forged).first(kHeaderBytes - 4));
    for (size_t i = 0; i < 4; ++i)
        forged[kHeaderBytes - 4 + i] = static_cast<uint8_t>(crc >> (8 * i));
    check_header(forged);
}

void check_deflate(BytesView input) {
    Inflater inflater;
    // Into whatever length its first bytes ask for; a canary shows what is written beyond it.
    const size_t wanted = input.size() < 2 ? 0 : size_t{input[0]} << 8 | input[1];
    Bytes out(wanted + 1, 0xa5);
    const auto done = inflater.decompress(input.subspan(std::min<size_t>(input.size(), 2)),
                                          std::span(out).first(wanted));
    require(done || done.error().code == ErrorCode::Corrupt, "an error of the wrong kind");
    require(out[wanted] == 0xa5, "bytes are written beyond the end");
    if (input.empty()) return;
    Deflater deflater;
    Bytes compressed(compressed_bytes_max(input.size()));
    const auto size = deflater.compress(input, compressed);
    require(size.has_value(), "the bound of compression does not hold");
    Bytes back(input.size());
    require(inflater.decompress(BytesView(compressed).first(*size), back).has_value() &&
                equal(back, input),
            "decompress(compress(x)) is not x");
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    const BytesView input{data, size};
    fuzz::check_rows(input);
    fuzz::check_header(input);
    fuzz::check_forged_header(input);
    fuzz::check_deflate(input);
    return 0;
}
