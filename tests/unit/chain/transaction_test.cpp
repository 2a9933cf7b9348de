// SPDX-License-Identifier: Apache-2.0
#include "host/chain/transaction.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "host/chain/chain_config.hpp"
#include "host/chain/sender.hpp"
#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using nlohmann::json;

/// Reasons that depend on gas rules or on the amount of gas and fees: the executor's, not the
/// decoder's.
const std::set<std::string> kReasonsOfExecution = {
    "TransactionException.INTRINSIC_GAS_TOO_LOW",
    "TransactionException.GASLIMIT_PRICE_PRODUCT_OVERFLOW",
    "TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2",
    "TransactionException.INITCODE_SIZE_EXCEEDED",
    "TransactionException.NONCE_TOO_BIG",
};

struct Checked {
    Bytes32 hash;
    Address sender;
};

/// What decoding, the type, the chain id and the signature say under `revision`.
std::optional<Checked> check(BytesView encoded, Revision revision) {
    auto transaction = decode_transaction(encoded);
    if (!transaction) return std::nullopt;
    EXPECT_TRUE(equal(encode_transaction(*transaction), encoded));
    constexpr Revision kIntroduced[] = {Revision::Frontier, Revision::Berlin, Revision::London,
                                        Revision::Cancun, Revision::Prague};
    if (revision < kIntroduced[static_cast<size_t>(transaction->type)]) return std::nullopt;
    if (transaction->chain_id &&
        (*transaction->chain_id != 1 || revision < Revision::SpuriousDragon))
        return std::nullopt;
    SenderResult sender;
    recover_senders({&*transaction, 1}, {&sender, 1});
    if (sender.status == SenderStatus::InvalidSignature ||
        (sender.status == SenderStatus::HighS && revision >= Revision::Homestead))
        return std::nullopt;
    return Checked{transaction_hash(*transaction), sender.sender};
}

TEST(Transaction, EqualsEveryOfficialVector) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    size_t valid = 0;
    size_t invalid = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(misc / "TransactionTests")) {
        if (entry.path().extension() != ".json") continue;
        const json file = json::parse(std::ifstream(entry.path()));
        for (const auto& [name, vector] : file.items()) {
            const auto encoded = from_hex(vector["txbytes"].get<std::string>());
            ASSERT_TRUE(encoded.has_value());
            for (const auto& [fork, result] : vector["result"].items()) {
                SCOPED_TRACE(name + " " + fork);
                const auto revision = revision_from_name(fork);
                ASSERT_TRUE(revision.has_value());
                const auto checked = check(*encoded, *revision);
                if (result.contains("exception")) {
                    const bool of_execution =
                        kReasonsOfExecution.contains(result["exception"].get<std::string>());
                    EXPECT_EQ(checked.has_value(), of_execution) << result["exception"];
                    ++invalid;
                    continue;
                }
                ASSERT_TRUE(checked.has_value());
                EXPECT_EQ(to_hex(checked->hash), result["hash"].get<std::string>());
                EXPECT_EQ(to_hex(checked->sender), result["sender"].get<std::string>());
                ++valid;
            }
        }
    }
    EXPECT_GT(valid, 500U);
    EXPECT_GT(invalid, 1500U);
}

/// One transaction of each type with every kind of field in use.
std::vector<Transaction> one_of_each_type() {
    std::vector<Transaction> out;
    for (uint8_t type = 0; type <= 4; ++type) {
        Transaction& transaction = out.emplace_back();
        transaction.type = static_cast<TransactionType>(type);
        transaction.chain_id = 1;
        transaction.nonce = 0x1234;
        transaction.gas_limit = 100'000;
        transaction.max_fee_per_gas = 2'000'000'000;
        transaction.max_priority_fee_per_gas =
            type >= 2 ? Uint256{1'000} : transaction.max_fee_per_gas;
        transaction.to = Address{{0x11, 0x22}};
        transaction.value = Uint256{1} << 70;
        transaction.data = {0x00, 0x7f, 0x80, 0xff};
        transaction.signature = {Uint256{1} << 250, Uint256{5}, 1};
        if (type >= 1)
            transaction.access_list = {{Address{{0x33}}, {Bytes32{{0x44}}, Bytes32{}}}, {}};
        if (type == 3) {
            transaction.max_fee_per_blob_gas = 3;
            transaction.blob_versioned_hashes = {Bytes32{{0x01}}};
        }
        if (type == 4) {
            Authorization& authorization = transaction.authorization_list.emplace_back();
            authorization.chain_id = 1;
            authorization.nonce = 7;
            authorization.y_parity = 1;
            authorization.r = 0x99;
            authorization.s = 0x88;
        }
    }
    return out;
}

TEST(Transaction, RoundTripsEveryType) {
    for (const Transaction& transaction : one_of_each_type()) {
        const auto decoded = decode_transaction(encode_transaction(transaction));
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        EXPECT_EQ(*decoded, transaction);
    }
}

TEST(Transaction, RefusesEveryTruncation) {
    for (const Transaction& transaction : one_of_each_type()) {
        const Bytes encoded = encode_transaction(transaction);
        for (size_t length = 0; length < encoded.size(); ++length) {
            // A copy of exactly this length lets AddressSanitizer see a read past its end.
            const Bytes cut(encoded.begin(), encoded.begin() + static_cast<ptrdiff_t>(length));
            EXPECT_FALSE(decode_transaction(cut).has_value()) << length;
        }
        Bytes longer = encoded;
        longer.push_back(0x00);
        EXPECT_FALSE(decode_transaction(longer).has_value());
    }
}

TEST(Transaction, HasOneEncodingPerValue) {
    size_t decodable = 0;
    for (const Transaction& transaction : one_of_each_type()) {
        const Bytes encoded = encode_transaction(transaction);
        Bytes mutated = encoded;
        for (size_t i = 0; i < encoded.size(); ++i) {
            for (unsigned value = 0; value < 256; ++value) {
                mutated[i] = static_cast<uint8_t>(value);
                const auto decoded = decode_transaction(mutated);
                if (!decoded) continue;
                ++decodable;
                ASSERT_TRUE(equal(encode_transaction(*decoded), mutated)) << i << " " << value;
                ASSERT_EQ(*decoded == transaction, mutated == encoded) << i << " " << value;
            }
            mutated[i] = encoded[i];
        }
    }
    EXPECT_GT(decodable, 1000U);
}

TEST(Transaction, SurvivesRandomDamage) {
    auto generator = test::test_generator(6);
    const std::vector<Transaction> transactions = one_of_each_type();
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes = encode_transaction(transactions[generator() % transactions.size()]);
        for (uint64_t n = generator() % 4; n-- > 0;) {
            const auto at = static_cast<ptrdiff_t>(generator() % bytes.size());
            if (generator() % 2 == 0)
                bytes.erase(bytes.begin() + at);
            else
                bytes.insert(bytes.begin() + at, static_cast<uint8_t>(generator()));
        }
        const auto decoded = decode_transaction(bytes);
        ASSERT_TRUE(!decoded || equal(encode_transaction(*decoded), bytes));
    }
}

TEST(Transaction, NamesTheFieldThatIsWrong) {
    const auto message = [](const Transaction& transaction) {
        const auto decoded = decode_transaction(encode_transaction(transaction));
        return decoded ? std::string("decoded") : decoded.error().message;
    };
    std::vector<Transaction> transactions = one_of_each_type();
    transactions[3].to.reset();
    EXPECT_EQ(message(transactions[3]), "to: value has the wrong length");
    transactions[2].signature.y_parity = 2;
    EXPECT_EQ(message(transactions[2]), "yParity: value is out of range");
    transactions[4].authorization_list[0].y_parity = 256;
    EXPECT_EQ(message(transactions[4]), "authorization yParity: value is out of range");
    transactions[0].chain_id = UINT64_MAX;
    EXPECT_EQ(message(transactions[0]), "decoded");

    const Bytes unknown_type{0x05, 0xc0};
    const auto unknown = decode_transaction(unknown_type);
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().code, ErrorCode::Unsupported);
    const Bytes not_a_type{0x80};
    EXPECT_EQ(decode_transaction(not_a_type).error().code, ErrorCode::InvalidInput);
    EXPECT_FALSE(decode_transaction({}).has_value());
}

}  // namespace
}  // namespace switchyard
