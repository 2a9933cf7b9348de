// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

/// Who may hold securities: investors whose identity was checked, by country and until when.
contract ComplianceRegistry is Owned {
    struct Investor {
        uint16 country;
        uint64 checkedUntil;
        bool frozen;
    }

    mapping(address => Investor) public investors;
    mapping(uint16 => bool) public isBlockedCountry;

    event InvestorSet(address indexed investor, uint16 country, uint64 checkedUntil);
    event Frozen(address indexed investor, bool frozen);

    function set(address[] calldata accounts, uint16 country, uint64 checkedUntil) external onlyOwner {
        for (uint256 i = 0; i < accounts.length; ++i) {
            investors[accounts[i]] = Investor(country, checkedUntil, false);
            emit InvestorSet(accounts[i], country, checkedUntil);
        }
    }

    function setFrozen(address account, bool frozen) external onlyOwner {
        investors[account].frozen = frozen;
        emit Frozen(account, frozen);
    }

    function blockCountry(uint16 country, bool blocked) external onlyOwner {
        isBlockedCountry[country] = blocked;
    }

    function mayHold(address account) external view returns (bool) {
        Investor memory investor = investors[account];
        return investor.checkedUntil >= block.timestamp && !investor.frozen && !isBlockedCountry[investor.country];
    }
}
