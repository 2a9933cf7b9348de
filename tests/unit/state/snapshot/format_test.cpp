// SPDX-License-Identifier: Apache-2.0
// Headers, compressed pieces and rows as bytes.
#include "host/state/snapshot/format.hpp"

#include <gtest/gtest.h>

#include <array>

#include "host/chain/hash.hpp"
#include "host/core/checksum/crc32c.hpp"
#include "host/core/hex.hpp"
#include "host/state/snapshot/deflate.hpp"
#include "host/state/snapshot/row_codec.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using namespace snapshot;

ShardHeader example() {
    ShardHeader out;
    out.shard = 9;
    SnapshotInfo& info = out.info;
    info.data_shards = 8;
    info.parity_shards = 2;
    info.stripe_bytes = 5000;
    info.id = {{1, 2, 3}};
    info.block = {0x1122334455667788, {{4}}, {{5}}};
    info.counts = {6, 7, 8};
    info.stripes = 3;
    info.row_bytes = 12'000;
    info.compressed_bytes = 9'000;
    info.shard_bytes = 2 * kHeaderBytes + 3 * (kChunkHeaderBytes + 384);
    return out;
}

Bytes encoded(const ShardHeader& header) {
    Bytes out(kHeaderBytes);
    encode_header(header, out.data());
    return out;
}

/// Changes bytes and makes the checksum right.
Bytes forged(Bytes bytes, size_t at, std::initializer_list<uint8_t> values) {
    std::copy(values.begin(), values.end(), bytes.begin() + static_cast<ptrdiff_t>(at));
    const uint32_t crc = crc32c(BytesView(bytes).first(kHeaderBytes - 4));
    for (size_t i = 0; i < 4; ++i)
        bytes[kHeaderBytes - 4 + i] = static_cast<uint8_t>(crc >> (8 * i));
    return bytes;
}

TEST(SnapshotFormat, HeaderIsWhatTheCommentSays) {
    const Bytes bytes = encoded(example());
    EXPECT_EQ(to_hex(BytesView(bytes).first(48)),
              "0x5357534e415053480100000008000200090000008813000001020300000000000000000000000000"
              "8877665544332211");
    const auto decoded = decode_header(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, example());
}

TEST(SnapshotFormat, NoDamagedHeaderIsTaken) {
    const Bytes bytes = encoded(example());
    for (size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_header(BytesView(bytes).first(size)));
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        Bytes changed = bytes;
        changed[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
        const auto decoded = decode_header(changed);
        ASSERT_FALSE(decoded) << bit;
        EXPECT_EQ(decoded.error().code, ErrorCode::Corrupt);
    }
}

TEST(SnapshotFormat, LimitsHoldWithARightChecksum) {
    const Bytes bytes = encoded(example());
    ASSERT_TRUE(decode_header(forged(bytes, 12, {8, 0})));
    const auto refused = [&](size_t at, std::initializer_list<uint8_t> values) {
        const auto decoded = decode_header(forged(bytes, at, values));
        return !decoded && decoded.error().code == ErrorCode::Corrupt;
    };
    EXPECT_TRUE(refused(12, {0, 0})) << "no data shard";
    EXPECT_TRUE(refused(12, {65, 0})) << "too many";
    EXPECT_TRUE(refused(14, {0, 0})) << "no parity";
    EXPECT_TRUE(refused(14, {33, 0}));
    EXPECT_TRUE(refused(16, {10, 0})) << "no such shard";
    EXPECT_TRUE(refused(18, {1, 0})) << "reserved";
    EXPECT_TRUE(refused(168, {1, 0, 0, 0})) << "reserved";
    EXPECT_TRUE(refused(20, {0, 0, 0, 0})) << "empty stripes";
    EXPECT_TRUE(refused(20, {1, 0, 0, 4})) << "longer than 2^26";
    EXPECT_TRUE(refused(136, {0, 0, 0, 0, 0, 0, 0, 0})) << "no stripe";
    EXPECT_TRUE(refused(136, {0, 0, 0, 0, 1, 0, 0, 0})) << "2^32 stripes";
    EXPECT_TRUE(refused(144, {0, 0, 0, 1, 0, 0, 0, 0})) << "more rows than stripes hold";
    EXPECT_TRUE(refused(152, {0, 0, 0, 1, 0, 0, 0, 0})) << "more compressed bytes";
    EXPECT_TRUE(refused(160, {0, 1, 0, 0, 0, 0, 0, 0})) << "a file shorter than its headers";
    EXPECT_TRUE(refused(160, {0, 0, 0, 1, 0, 0, 0, 0})) << "a file longer than its stripes";
    const auto later = decode_header(forged(bytes, 8, {2, 0, 0, 0}));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::Unsupported);
}

TEST(SnapshotFormat, AChunkBelongsToItsShardAndStripe) {
    const ShardHeader shard = example();
    const ChunkHeader chunk{2, 3000, 5000, 77};
    std::array<uint8_t, kChunkHeaderBytes> bytes;
    encode_chunk_header(shard, chunk, bytes.data());
    EXPECT_EQ(decode_chunk_header(shard, 2, bytes), chunk);
    EXPECT_FALSE(decode_chunk_header(shard, 1, bytes));
    ShardHeader other = shard;
    other.shard = 8;
    EXPECT_FALSE(decode_chunk_header(other, 2, bytes));
    other = shard;
    other.info.id[15] = 1;
    EXPECT_FALSE(decode_chunk_header(other, 2, bytes));
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto changed = bytes;
        changed[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
        EXPECT_FALSE(decode_chunk_header(shard, 2, changed)) << bit;
    }
    // Lengths that the snapshot rules out.
    encode_chunk_header(shard, {2, 3000, 5001, 77}, bytes.data());
    EXPECT_FALSE(decode_chunk_header(shard, 2, bytes));
    encode_chunk_header(shard, {2, 7000, 5000, 77}, bytes.data());
    EXPECT_FALSE(decode_chunk_header(shard, 2, bytes));
}

TEST(SnapshotFormat, NamesOfShards) {
    EXPECT_EQ(shard_name(7), "shard-07.snap");
    EXPECT_EQ(shard_of_name("shard-07.snap"), 7U);
    EXPECT_EQ(shard_of_name(shard_name(95)), 95U);
    EXPECT_FALSE(shard_of_name("shard-7.snap"));
    EXPECT_FALSE(shard_of_name("shard-96.snap"));
}

TEST(SnapshotDeflate, GivesBackWhatWentIn) {
    auto random = test::test_generator(230);
    Deflater deflater;
    Inflater inflater;
    for (const size_t size : {1U, 2U, 63U, 4096U, 65'535U, 65'536U, 300'000U, 1'500'000U}) {
        for (const uint32_t spread : {1U, 3U, 256U}) {
            Bytes in(size);
            for (uint8_t& byte : in)
                byte = static_cast<uint8_t>(random() % spread);
            Bytes compressed(compressed_bytes_max(size));
            const auto written = deflater.compress(in, compressed);
            ASSERT_TRUE(written) << written.error().message;
            Bytes out(size, 0xee);
            const BytesView stream = BytesView(compressed).first(*written);
            ASSERT_TRUE(inflater.decompress(stream, out)) << size << " of " << spread;
            ASSERT_EQ(out, in);
            // Another length, a part, or more than the stream is none of ours.
            Bytes longer(size + 1);
            EXPECT_FALSE(inflater.decompress(stream, longer));
            EXPECT_FALSE(inflater.decompress(stream, std::span(out).first(size - 1)));
            EXPECT_FALSE(inflater.decompress(stream.first(stream.size() - 1), out));
            compressed[*written] = 0;
            EXPECT_FALSE(inflater.decompress(BytesView(compressed).first(*written + 1), out));
        }
    }
    EXPECT_FALSE(inflater.decompress({}, std::span<uint8_t>{}));
}

/// A few rows of every kind, and where each ends.
std::pair<Bytes, std::vector<size_t>> some_rows() {
    Bytes out;
    std::vector<size_t> ends;
    const auto row = [&] { ends.push_back(out.size()); };
    const Bytes code_a(300, 0x5b), code_b(1, 0xfe);
    Account account;
    append_account(out, {{{1}}, account});
    row();
    account.nonce = UINT64_MAX;
    account.balance = ~Uint256{};
    account.code_hash = keccak256(code_a);
    append_account(out, {{{2}}, account});
    row();
    append_slot(out, {Uint256{}, Uint256{1}});
    row();
    append_slot(out, {~Uint256{}, ~Uint256{}});
    row();
    account.code_hash = keccak256(code_b);
    append_account(out, {{{3}}, account});
    row();
    std::vector<CodeRow> codes = {{keccak256(code_a), code_a}, {keccak256(code_b), code_b}};
    if (codes[1].hash < codes[0].hash) std::swap(codes[0], codes[1]);
    for (const CodeRow& code : codes) {
        append_code(out, code);
        row();
    }
    append_end(out, {3, 2, 2});
    row();
    return {out, ends};
}

/// Whether all pieces decode to the end.
Result<bool> decodes(std::initializer_list<BytesView> pieces) {
    RowDecoder decoder;
    RowDecoder::Kind kind = RowDecoder::Kind::PieceEnd;
    for (const BytesView piece : pieces) {
        decoder.feed(piece);
        do {
            const auto next = decoder.next();
            if (!next) return next.error();
            kind = *next;
        } while (kind != RowDecoder::Kind::PieceEnd && kind != RowDecoder::Kind::End);
    }
    return kind == RowDecoder::Kind::End;
}

TEST(SnapshotRowCodec, RowsInPieces) {
    const auto [rows, ends] = some_rows();
    const BytesView view(rows);
    ASSERT_TRUE(*decodes({view}));
    for (const size_t end : ends) {
        const auto done = decodes({view.first(end), view.subspan(end)});
        ASSERT_EQ(done.has_value(), end != rows.size() || done.has_value());
        if (end != rows.size()) {
            EXPECT_TRUE(done && *done) << end;
        }
    }
    for (size_t size = 0; size < rows.size(); ++size) {
        const auto done = decodes({view.first(size)});
        const bool whole_rows =
            size == 0 || std::find(ends.begin(), ends.end(), size) != ends.end();
        EXPECT_EQ(done.has_value(), whole_rows) << size;
        if (done) {
            EXPECT_FALSE(*done) << size;
        }
    }
}

TEST(SnapshotRowCodec, RefusesWhatNoStateHas) {
    const auto [rows, ends] = some_rows();
    const BytesView view(rows);
    const auto part = [&](size_t from, size_t to) {
        const size_t begin = from == 0 ? 0 : ends[from - 1];
        return view.subspan(begin, ends[to] - begin);
    };
    const auto refused = [&](std::initializer_list<BytesView> pieces, const char* expected) {
        const auto done = decodes(pieces);
        return !done && done.error().code == ErrorCode::Corrupt &&
               done.error().message.find(expected) != std::string::npos;
    };
    EXPECT_TRUE(refused({part(1, 1), part(0, 0)}, "ascend by address"));
    EXPECT_TRUE(refused({part(0, 0), part(0, 0)}, "ascend by address"));
    EXPECT_TRUE(refused({part(2, 2)}, "behind an account"));
    EXPECT_TRUE(refused({part(0, 0), part(3, 3), part(2, 2)}, "ascend by key"));
    EXPECT_TRUE(refused({part(5, 5), part(0, 0)}, "a code or the end"));
    EXPECT_TRUE(refused({part(6, 6), part(5, 5)}, "ascend by hash"));
    EXPECT_TRUE(refused({part(0, 0), part(7, 7)}, "counts"));
    EXPECT_TRUE(refused({view, part(0, 0)}, "nothing behind"));
    const Bytes zero_value = {3, 0, 0}, long_number = {3, 2, 0, 1, 1, 1}, kind = {5};
    EXPECT_TRUE(refused({part(0, 0), zero_value}, "not 0"));
    EXPECT_TRUE(refused({part(0, 0), long_number}, "a slot's key"));
    EXPECT_TRUE(refused({kind}, "a kind of row"));
    Bytes other_code = to_bytes(part(5, 5));
    other_code.back() ^= 1;
    EXPECT_TRUE(refused({other_code}, "the code of its hash"));
    Bytes empty_code_hash;
    append_account(empty_code_hash, {{{9}}, Account{}});
    empty_code_hash[0] = 2;
    empty_code_hash.insert(empty_code_hash.end(), kEmptyCodeHash.begin(), kEmptyCodeHash.end());
    EXPECT_TRUE(refused({empty_code_hash}, "not empty"));
    Bytes long_varint(part(7, 7).begin(), part(7, 7).end());
    long_varint[1] |= 0x80;
    long_varint.insert(long_varint.begin() + 2, 0);
    EXPECT_TRUE(refused({part(0, 6), long_varint}, "counts"));
}

}  // namespace
}  // namespace switchyard
