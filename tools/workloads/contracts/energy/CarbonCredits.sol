// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";

/// Credits of one kilogram of carbon dioxide that was not emitted, by vintage. Retired ones are gone, and counted for
/// whom they were retired.
contract CarbonCredits is Owned {
    address public issuer;
    mapping(uint32 => mapping(address => uint256)) public balanceOf; // vintage, holder
    mapping(uint32 => uint256) public issued;
    mapping(uint32 => uint256) public retired;
    mapping(address => uint256) public retiredFor;

    event Issued(uint32 indexed vintage, address indexed to, uint256 amount);
    event Transferred(uint32 indexed vintage, address indexed from, address indexed to, uint256 amount);
    event Retired(uint32 indexed vintage, address indexed from, address indexed beneficiary, uint256 amount, string reason);

    error NotIssuer();
    error InsufficientCredits(uint256 has, uint256 needs);

    function setIssuer(address issuer_) external onlyOwner {
        issuer = issuer_;
    }

    function issue(uint32 vintage, address to, uint256 amount) external {
        if (msg.sender != issuer) revert NotIssuer();
        balanceOf[vintage][to] += amount;
        issued[vintage] += amount;
        emit Issued(vintage, to, amount);
    }

    function transfer(uint32 vintage, address to, uint256 amount) external {
        _take(vintage, msg.sender, amount);
        balanceOf[vintage][to] += amount;
        emit Transferred(vintage, msg.sender, to, amount);
    }

    function retire(uint32 vintage, uint256 amount, address beneficiary, string calldata reason) external {
        _take(vintage, msg.sender, amount);
        retired[vintage] += amount;
        retiredFor[beneficiary] += amount;
        emit Retired(vintage, msg.sender, beneficiary, amount, reason);
    }

    function _take(uint32 vintage, address from, uint256 amount) private {
        uint256 balance = balanceOf[vintage][from];
        if (balance < amount) revert InsufficientCredits(balance, amount);
        balanceOf[vintage][from] = balance - amount;
    }
}
