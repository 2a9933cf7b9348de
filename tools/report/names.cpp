// SPDX-License-Identifier: Apache-2.0
#include "tools/report/names.hpp"

#include "host/core/hex.hpp"
#include "tools/workloads/contracts.hpp"

namespace switchyard::report {
namespace {

std::string shortened(const std::string& hex, size_t head, size_t tail) {
    return hex.size() <= head + tail + 1
               ? hex
               : hex.substr(0, head) + "…" + hex.substr(hex.size() - tail);
}

}  // namespace

Names::Names(std::span<const workloads::Label> labels, const Address& beneficiary) {
    names_.emplace(beneficiary, "beneficiary");
    for (const workloads::Label& label : labels)
        names_[label.address] = label.text;
    for (const workloads::ContractArtifact& artifact : workloads::contract_artifacts())
        for (const workloads::Method& method : artifact.methods)
            methods_.emplace(method.selector,
                             std::string(method.signature.substr(0, method.signature.find('('))));
}

std::string Names::of(const Address& address) const {
    const auto found = names_.find(address);
    return found != names_.end() ? found->second : shortened(to_hex(address), 8, 4);
}

std::string Names::of(const Transaction& transaction) const {
    if (!transaction.to) return "creation";
    const std::string name = of(*transaction.to);
    if (transaction.data.size() < 4)
        return is_labelled(*transaction.to) ? "payment · " + name : "payment";
    uint32_t selector = 0;
    for (size_t i = 0; i < 4; ++i)
        selector = selector << 8 | transaction.data[i];
    const auto method = methods_.find(selector);
    return name + " · " +
           (method != methods_.end() ? method->second
                                     : to_hex(BytesView(transaction.data).first(4)));
}

std::string Names::part_of(const accesses::AccessKey& key) {
    switch (key.part) {
        case accesses::KeyPart::Balance:
            return "balance";
        case accesses::KeyPart::Identity:
            return "nonce, code";
        case accesses::KeyPart::Storage:
            return "all storage";
        case accesses::KeyPart::Slot:
            return "slot " + shortened(to_hex_quantity(key.slot), 6, 4);
    }
    return {};
}

}  // namespace switchyard::report
