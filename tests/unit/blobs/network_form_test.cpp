// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/network_form.hpp"

#include <gtest/gtest.h>

#include "host/chain/rlp.hpp"
#include "tests/support/kzg_sidecars.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::blobs {
namespace {

Transaction transaction(const BlobSidecar& sidecar) {
    Transaction out;
    out.type = TransactionType::Blob;
    out.chain_id = 7;
    out.nonce = 3;
    out.max_priority_fee_per_gas = Uint256{1};
    out.max_fee_per_gas = Uint256{1000};
    out.gas_limit = 21'000;
    out.to = Address{{0xbb}};
    out.max_fee_per_blob_gas = Uint256{9};
    out.blob_versioned_hashes = test::versioned_hashes_of(sidecar);
    out.signature.r = Uint256{1};
    out.signature.s = Uint256{2};
    return out;
}

/// rlp([transaction, wrapper..., three lists of strings]), built member by member as the EIPs write
/// it.
Bytes form_of(const Transaction& inner, const std::vector<Bytes>& wrapper,
              const std::array<std::vector<Bytes>, 3>& lists) {
    Bytes out{3};
    rlp::Encoder encoder(out);
    const size_t whole = encoder.begin_list();
    encoder.raw(BytesView(encode_transaction(inner)).subspan(1));
    for (const Bytes& item : wrapper)
        encoder.raw(item);
    for (const auto& list : lists) {
        const size_t mark = encoder.begin_list();
        for (const Bytes& item : list)
            encoder.string(item);
        encoder.end_list(mark);
    }
    encoder.end_list(whole);
    return out;
}

std::vector<Bytes> parts(const Bytes& strings, size_t size) {
    std::vector<Bytes> out;
    for (size_t at = 0; at < strings.size(); at += size)
        out.emplace_back(strings.begin() + static_cast<ptrdiff_t>(at),
                         strings.begin() + static_cast<ptrdiff_t>(at + size));
    return out;
}

std::array<std::vector<Bytes>, 3> lists_of(const BlobSidecar& sidecar) {
    return {parts(sidecar.blobs, precompiles::kBlobBytes),
            parts(sidecar.commitments, precompiles::kKzgBytes),
            parts(sidecar.proofs, precompiles::kKzgBytes)};
}

class NetworkFormTest : public ::testing::TestWithParam<SidecarVersion> {
  protected:
    [[nodiscard]] static std::vector<Bytes> wrapper() {
        return GetParam() == SidecarVersion::CellProofs ? std::vector<Bytes>{{0x01}}
                                                        : std::vector<Bytes>{};
    }
};

TEST_P(NetworkFormTest, ReadsWhatTheEipsWriteAndWritesItAgain) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{6}}) {
        const BlobSidecar sidecar = test::unproven_sidecar(count, count, GetParam());
        const Transaction inner = transaction(sidecar);
        const Bytes form = form_of(inner, wrapper(), lists_of(sidecar));
        const auto decoded = decode_network_form(form);
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(decoded->transaction, inner);
        EXPECT_EQ(decoded->sidecar, sidecar);
        EXPECT_EQ(encode_network_form(decoded->transaction, decoded->sidecar), form);
    }
}

TEST_P(NetworkFormTest, RefusesEveryStringOfAnotherLength) {
    const BlobSidecar sidecar = test::unproven_sidecar(5, 2, GetParam());
    const Transaction inner = transaction(sidecar);
    for (size_t list = 0; list < 3; ++list)
        for (const int change : {-1, 1}) {
            auto lists = lists_of(sidecar);
            Bytes& item = lists[list].back();
            item.resize(item.size() + static_cast<size_t>(change));
            const auto decoded = decode_network_form(form_of(inner, wrapper(), lists));
            ASSERT_FALSE(decoded) << list;
            EXPECT_EQ(decoded.error().code, ErrorCode::InvalidInput);
        }
}

TEST_P(NetworkFormTest, RefusesEveryCutAndEveryAddition) {
    const BlobSidecar sidecar = test::unproven_sidecar(6, 1, GetParam());
    const Bytes form = form_of(transaction(sidecar), wrapper(), lists_of(sidecar));
    auto random = test::test_generator(7);
    for (int i = 0; i < 200; ++i)
        EXPECT_FALSE(decode_network_form(BytesView(form).first(random() % form.size())));
    Bytes longer = form;
    longer.push_back(0x80);
    EXPECT_FALSE(decode_network_form(longer));
    EXPECT_FALSE(decode_network_form({}));
    EXPECT_FALSE(decode_network_form(encode_transaction(transaction(sidecar))))
        << "a transaction alone";
}

INSTANTIATE_TEST_SUITE_P(Versions, NetworkFormTest,
                         ::testing::Values(SidecarVersion::BlobProofs, SidecarVersion::CellProofs),
                         [](const auto& of) {
                             return of.param == SidecarVersion::BlobProofs ? "BlobProofs"
                                                                           : "CellProofs";
                         });

TEST(NetworkForm, RefusesWrappersOfOtherVersions) {
    const BlobSidecar sidecar = test::unproven_sidecar(8, 1, SidecarVersion::CellProofs);
    const Transaction inner = transaction(sidecar);
    for (const Bytes& version : {Bytes{0x02}, Bytes{0x80}, Bytes{0x81, 0xff}}) {
        const auto decoded = decode_network_form(form_of(inner, {version}, lists_of(sidecar)));
        ASSERT_FALSE(decoded);
        EXPECT_EQ(decoded.error().code, ErrorCode::Unsupported);
    }
    for (const Bytes& version : {Bytes{0x00}, Bytes{0x81, 0x01}, Bytes{0x82, 0x00, 0x01}}) {
        const auto decoded = decode_network_form(form_of(inner, {version}, lists_of(sidecar)));
        ASSERT_FALSE(decoded);
        EXPECT_EQ(decoded.error().code, ErrorCode::InvalidInput);
    }
    EXPECT_FALSE(decode_network_form(form_of(inner, {{0x01}, {0x01}}, lists_of(sidecar))));
}

}  // namespace
}  // namespace switchyard::blobs
