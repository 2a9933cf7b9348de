// SPDX-License-Identifier: Apache-2.0
#include "tools/t8n/read_transactions.hpp"

#include "host/chain/rlp.hpp"
#include "tools/fixtures/read_values.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::t8n {
namespace {

using fixtures::JsonNode;

constexpr uint64_t kLegacyV = 27;     // Yellow Paper, appendix F
constexpr uint64_t kProtectedV = 35;  // EIP-155
constexpr uint64_t kHighestTypeRead = 4;

Uint256 find_uint256(const JsonNode& node, std::string_view key) {
    const auto field = node.find(key);
    return field ? field->uint256() : Uint256{};
}

/// The fields that the type has.
void read_body(const JsonNode& node, Transaction& out) {
    out.nonce = node.at("nonce").uint64();
    out.gas_limit = node.at("gas").uint64();
    out.value = find_uint256(node, "value");
    if (const auto to = node.find("to"); to && !to->text().empty()) out.to = to->fixed<20>();
    const auto input = node.find("input");
    if (const auto data = input ? input : node.find("data")) out.data = data->bytes();
    if (out.type >= TransactionType::DynamicFee) {
        out.max_fee_per_gas = node.at("maxFeePerGas").uint256();
        out.max_priority_fee_per_gas = node.at("maxPriorityFeePerGas").uint256();
    } else {
        out.max_fee_per_gas = out.max_priority_fee_per_gas = node.at("gasPrice").uint256();
    }
    if (out.type != TransactionType::Legacy)
        if (const auto list = node.find("accessList"))
            out.access_list = fixtures::read_access_list(*list);
    if (out.type == TransactionType::Blob) {
        out.max_fee_per_blob_gas = node.at("maxFeePerBlobGas").uint256();
        out.blob_versioned_hashes = fixtures::read_hashes(node.at("blobVersionedHashes"));
    }
    if (out.type == TransactionType::SetCode)
        out.authorization_list = read_authorizations(node.at("authorizationList"));
}

/// Takes `v` apart into parity and chain id (EIP-155); `yParity` where a typed transaction has it.
void read_v(const JsonNode& node, const Uint256& v, Transaction& out) {
    if (out.type != TransactionType::Legacy) {
        const auto parity = node.find("yParity");
        const Uint256 value = parity ? parity->uint256() : v;
        if (value > Uint256{1}) return (parity ? *parity : node.at("v")).fail("is neither 0 nor 1");
        out.signature.y_parity = static_cast<uint8_t>(value.limb[0]);
        return;
    }
    if (v == Uint256{kLegacyV} || v == Uint256{kLegacyV + 1}) {
        out.signature.y_parity = static_cast<uint8_t>(v.limb[0] - kLegacyV);
        out.chain_id.reset();
    } else if (v.fits_uint64() && v.limb[0] >= kProtectedV) {
        out.signature.y_parity = static_cast<uint8_t>((v.limb[0] - kProtectedV) % 2);
        out.chain_id = (v.limb[0] - kProtectedV) / 2;
    } else {
        node.at("v").fail("is no v of a signature (27, 28, or 35 and more)");
    }
}

void sign(const JsonNode& node, uint64_t chain_id, const workloads::Signer& signer,
          Transaction& out) {
    const JsonNode key = node.at("secretKey");
    const auto identity = signer.identity_of(to_bytes32(key.uint256()));
    if (!identity) {
        key.fail("is no secret key: it is 0 or not below the order of the curve");
        return;
    }
    const auto with_protection = node.find("protected");
    if (out.type == TransactionType::Legacy) {
        out.chain_id.reset();
        if (!with_protection || with_protection->boolean()) out.chain_id = chain_id;
    }
    (void)signer.sign(out, *identity);
}

Transaction read_transaction(const JsonNode& node, uint64_t chain_id,
                             const workloads::Signer& signer) {
    Transaction out;
    const auto type = node.find("type");
    const uint64_t type_value = type ? type->uint64() : 0;
    if (type_value > kHighestTypeRead) {
        type->fail("is no transaction type from 0x0 to 0x4");
        return out;
    }
    out.type = static_cast<TransactionType>(type_value);
    read_body(node, out);
    if (out.type != TransactionType::Legacy) {
        const auto id = node.find("chainId");
        out.chain_id = id ? id->uint64() : chain_id;
    }
    const Uint256 v = find_uint256(node, "v");
    out.signature.r = find_uint256(node, "r");
    out.signature.s = find_uint256(node, "s");
    const bool is_signed = !v.is_zero() || !out.signature.r.is_zero() || !out.signature.s.is_zero();
    if (!is_signed && node.find("secretKey"))
        sign(node, chain_id, signer, out);
    else if (!is_signed)
        node.at("secretKey").fail("is needed to sign it: it has no v, r and s");
    else
        read_v(node, v, out);
    return out;
}

}  // namespace

std::vector<Candidate> read_transactions(const JsonNode& node, uint64_t chain_id) {
    const workloads::Signer signer;
    std::vector<Candidate> out;
    node.for_each([&](const JsonNode& value) {
        out.push_back({read_transaction(value, chain_id, signer), {}});
    });
    return out;
}

Result<std::vector<Candidate>> split_transactions(BytesView list) {
    rlp::Failure failure;
    rlp::Reader outer(list, failure);
    BytesView members;
    if (!outer.list("transactions", members) || !outer.finish("transactions"))
        return failure.error();
    std::vector<Candidate> out;
    rlp::Reader reader(members, failure);
    while (!reader.at_end()) {
        rlp::Item item;
        if (!reader.item("transactions", item)) return failure.error();
        auto decoded = decode_transaction(item.is_list ? item.encoded : item.content);
        Candidate& candidate = out.emplace_back();
        if (decoded)
            candidate.transaction = *std::move(decoded);
        else
            candidate.error = decoded.error().message;
    }
    return out;
}

}  // namespace switchyard::t8n
