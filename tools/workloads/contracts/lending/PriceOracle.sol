// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

/// Prices in dollars with 18 digits, from one reporter, with the time of the report.
contract PriceOracle is Owned {
    struct Price {
        uint192 value;
        uint64 updated;
    }

    address public reporter;
    mapping(address => Price) public prices;

    event PriceReported(address indexed asset, uint192 value);

    error NotReporter();
    error NoPrice(address asset);
    error StalePrice(address asset, uint64 updated);

    uint256 private constant VALID_FOR = 30 days;

    constructor(address reporter_) {
        reporter = reporter_;
    }

    function report(address asset, uint192 value) external {
        if (msg.sender != reporter) revert NotReporter();
        prices[asset] = Price(value, uint64(block.timestamp));
        emit PriceReported(asset, value);
    }

    function priceOf(address asset) external view returns (uint256) {
        Price memory price = prices[asset];
        if (price.value == 0) revert NoPrice(asset);
        if (block.timestamp > price.updated + VALID_FOR) revert StalePrice(asset, price.updated);
        return price.value;
    }
}
