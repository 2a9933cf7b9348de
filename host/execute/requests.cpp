// SPDX-License-Identifier: Apache-2.0
#include "host/execute/requests.hpp"

#include "host/precompiles/openssl/digest.hpp"

namespace switchyard::execute {
namespace {

// keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)"), EIP-6110.
constexpr Bytes32 kDepositEventTopic{{0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42,
                                      0xaf, 0xea, 0x4e, 0x5c, 0xd8, 0x2d, 0x40, 0x49,
                                      0xe7, 0xe1, 0xee, 0x91, 0x2f, 0xc0, 0x88, 0x9a,
                                      0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5}};
constexpr size_t kDepositEventBytes = 576;

/// One of the five byte strings of the event's ABI encoding.
struct DepositField {
    size_t head;    ///< where its offset stands
    size_t offset;  ///< where its length stands; the bytes follow
    size_t size;
};
// Public key, withdrawal credentials, amount, signature, index.
constexpr std::array<DepositField, 5> kDepositFields{
    {{0, 160, 48}, {32, 256, 32}, {64, 320, 8}, {96, 384, 96}, {128, 512, 8}}};

bool word_is(BytesView data, size_t at, uint64_t value) {
    return load_big_endian(data.data() + at) == Uint256(value);
}

bool layout_is_valid(BytesView data) {
    if (data.size() != kDepositEventBytes) return false;
    for (const DepositField& field : kDepositFields)
        if (!word_is(data, field.head, field.offset) || !word_is(data, field.offset, field.size))
            return false;
    return true;
}

Error no_sha256() {
    return {ErrorCode::Internal, "the system's OpenSSL does not offer SHA-256"};
}

}  // namespace

Result<void> append_deposits(std::span<const Log> logs, const Address& deposit_contract,
                             Bytes& deposits) {
    for (const Log& log : logs) {
        if (log.address != deposit_contract || log.topics.empty() ||
            log.topics[0] != kDepositEventTopic)
            continue;
        if (!layout_is_valid(log.data))
            return Error{ErrorCode::InvalidInput, "a deposit event has an invalid layout"};
        for (const DepositField& field : kDepositFields) {
            const auto bytes = BytesView(log.data).subspan(field.offset + 32, field.size);
            deposits.insert(deposits.end(), bytes.begin(), bytes.end());
        }
    }
    return {};
}

void append_request(std::vector<Bytes>& requests, RequestType type, BytesView data) {
    if (data.empty()) return;
    Bytes request{static_cast<uint8_t>(type)};
    request.insert(request.end(), data.begin(), data.end());
    requests.push_back(std::move(request));
}

Result<Bytes32> requests_hash(std::span<const Bytes> requests) {
    Bytes hashes;
    for (const Bytes& request : requests) {
        const auto hash = precompiles::sha256(request);
        if (!hash) return no_sha256();
        hashes.insert(hashes.end(), hash->begin(), hash->end());
    }
    const auto hash = precompiles::sha256(hashes);
    if (!hash) return no_sha256();
    return *hash;
}

}  // namespace switchyard::execute
