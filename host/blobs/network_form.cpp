// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/network_form.hpp"

#include "host/chain/rlp.hpp"

namespace switchyard::blobs {
namespace {

constexpr uint8_t kBlobType = 3;
constexpr uint64_t kCellProofWrapper = 1;

/// A list of strings of one size, one after another into `out`.
bool read_strings(rlp::Reader& reader, rlp::Failure& failure, const char* field, size_t size,
                  Bytes& out) {
    BytesView members;
    if (!reader.list(field, members)) return false;
    // Each string has a prefix, so that this is never too little.
    out.reserve(members.size());
    rlp::Reader list(members, failure);
    while (!list.at_end()) {
        BytesView content;
        if (!list.string(field, content)) return false;
        if (content.size() != size) return failure.fail(field, rlp::Fault::WrongLength);
        out.insert(out.end(), content.begin(), content.end());
    }
    return true;
}

void write_strings(rlp::Encoder& encoder, const Bytes& strings, size_t size) {
    const size_t mark = encoder.begin_list();
    for (size_t at = 0; at + size <= strings.size(); at += size)
        encoder.string(BytesView(strings).subspan(at, size));
    encoder.end_list(mark);
}

}  // namespace

Result<NetworkForm> decode_network_form(BytesView encoded) {
    if (encoded.empty() || encoded[0] != kBlobType)
        return Error{ErrorCode::InvalidInput, "not a transaction with blobs"};
    rlp::Failure failure;
    rlp::Reader outer(encoded.subspan(1), failure);
    BytesView members;
    if (!outer.list("blob transaction wrapper", members) ||
        !outer.finish("blob transaction wrapper"))
        return failure.error();
    rlp::Reader reader(members, failure);
    rlp::Item inner;
    if (!reader.item("blob transaction", inner)) return failure.error();
    if (!inner.is_list) {
        failure.fail("blob transaction", rlp::Fault::ExpectedList);
        return failure.error();
    }
    Bytes canonical;
    canonical.reserve(1 + inner.encoded.size());
    canonical.push_back(kBlobType);
    canonical.insert(canonical.end(), inner.encoded.begin(), inner.encoded.end());
    auto transaction = decode_transaction(canonical);
    if (!transaction) return transaction.error();

    NetworkForm out;
    out.transaction = *std::move(transaction);
    const rlp::Reader at_second = reader;
    rlp::Item second;
    if (!reader.item("blobs", second)) return failure.error();
    if (second.is_list) {
        reader = at_second;
    } else {
        uint64_t wrapper = 0;
        rlp::Reader number(second.encoded, failure);
        if (!number.uint64("wrapper version", wrapper)) return failure.error();
        if (wrapper != kCellProofWrapper)
            return Error{ErrorCode::Unsupported,
                         "unsupported blob tx version " + std::to_string(wrapper)};
        out.sidecar.version = SidecarVersion::CellProofs;
    }
    if (!read_strings(reader, failure, "blobs", precompiles::kBlobBytes, out.sidecar.blobs) ||
        !read_strings(reader, failure, "commitments", precompiles::kKzgBytes,
                      out.sidecar.commitments) ||
        !read_strings(reader, failure, "proofs", precompiles::kKzgBytes, out.sidecar.proofs) ||
        !reader.finish("blob transaction wrapper"))
        return failure.error();
    return out;
}

Bytes encode_network_form(const Transaction& transaction, const BlobSidecar& sidecar) {
    const Bytes canonical = encode_transaction(transaction);
    Bytes out;
    out.reserve(canonical.size() + sidecar.bytes() + 4 * sidecar.blob_count() +
                2 * (sidecar.commitment_count() + sidecar.proof_count()) + 32);
    out.push_back(kBlobType);
    rlp::Encoder encoder(out);
    const size_t mark = encoder.begin_list();
    encoder.raw(BytesView(canonical).subspan(1));
    if (sidecar.version == SidecarVersion::CellProofs) encoder.uint64(kCellProofWrapper);
    write_strings(encoder, sidecar.blobs, precompiles::kBlobBytes);
    write_strings(encoder, sidecar.commitments, precompiles::kKzgBytes);
    write_strings(encoder, sidecar.proofs, precompiles::kKzgBytes);
    encoder.end_list(mark);
    return out;
}

}  // namespace switchyard::blobs
