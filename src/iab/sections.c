/*
 * sections.c
 *		The sections of GPP strings that are shipped, as data: layout.h has the
 *		notation.
 *
 * Of IAB Tech Lab's Global Privacy Platform, December 2025.  In the order of their
 * ids.  A new section is a line here, or a row of ethdata.gpp_section.
 */
#include "iab/layout.h"

const EthGppShipped eth_gpp_shipped[] =
{
	{2, "tcfeuv2",
	"tc"},
	{5, "tcfcav1",
		"Version:6 Created:time LastUpdated:time CmpId:12 CmpVersion:12 ConsentScreen:6 "
		"ConsentLanguage:letters VendorListVersion:12 TcfPolicyVersion:6 UseNonStandardStacks:bool "
		"SpecialFeatureExpressConsent:set12 PurposesExpressConsent:set24 PurposesImpliedConsent:set24 "
		"VendorExpressConsent:idset VendorImpliedConsent:idset PubRestrictions:restrictions |3 "
		"PubPurposesSegmentType:3=3 PubPurposesExpressConsent:set24 PubPurposesImpliedConsent:set24 "
		"NumCustomPurposes:6 CustomPurposesExpressConsent:customset "
	"CustomPurposesImpliedConsent:customset |1 DisclosedVendorsSegmentType:3=1 DisclosedVendors:idset"},
	{6, "uspv1",
	"usp"},
	{7, "usnat",
		"Version:6 SharingNotice:2 SaleOptOutNotice:2 SharingOptOutNotice:2 "
		"TargetedAdvertisingOptOutNotice:2 SensitiveDataProcessingOptOutNotice:2 "
		"SensitiveDataLimitUseNotice:2 SaleOptOut:2 SharingOptOut:2 TargetedAdvertisingOptOut:2 "
		"SensitiveDataProcessing:2*16/12 KnownChildSensitiveDataConsents:2*3/2 PersonalDataConsents:2 "
		"MspaCoveredTransaction:2 MspaOptOutOptionMode:2 MspaServiceProviderMode:2 | GpcSegmentType:2=1 "
	"Gpc:bool"},
	{8, "usca",
		"Version:6 SaleOptOutNotice:2 SharingOptOutNotice:2 SensitiveDataLimitUseNotice:2 SaleOptOut:2 "
		"SharingOptOut:2 SensitiveDataProcessing:2*9 KnownChildSensitiveDataConsents:2*2 "
		"PersonalDataConsents:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 MspaServiceProviderMode:2 "
	"| GpcSegmentType:2=1 Gpc:bool"},
	{9, "usva",
		"Version:6 SharingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2 "
	"MspaCoveredTransaction:2 MspaOptOutOptionMode:2 MspaServiceProviderMode:2"},
	{10, "usco",
		"Version:6 SharingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*7 KnownChildSensitiveDataConsents:2 "
		"MspaCoveredTransaction:2 MspaOptOutOptionMode:2 MspaServiceProviderMode:2 | GpcSegmentType:2=1 "
	"Gpc:bool"},
	{11, "usut",
		"Version:6 SharingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 "
		"SensitiveDataProcessingOptOutNotice:2 SaleOptOut:2 TargetedAdvertisingOptOut:2 "
		"SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2 MspaCoveredTransaction:2 "
	"MspaOptOutOptionMode:2 MspaServiceProviderMode:2"},
	{12, "usct",
		"Version:6 SharingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2*3 "
		"MspaCoveredTransaction:2 MspaOptOutOptionMode:2 MspaServiceProviderMode:2 | GpcSegmentType:2=1 "
	"Gpc:bool"},
	{13, "usfl",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2*3 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2"},
	{14, "usmt",
		"Version:6 SharingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2*3 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{15, "usor",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*11 KnownChildSensitiveDataConsents:2*3 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{16, "ustx",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{17, "usde",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*9 KnownChildSensitiveDataConsents:2*5 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{18, "usia",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 "
		"SensitiveDataOptOutNotice:2 SaleOptOut:2 TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 "
		"KnownChildSensitiveDataConsents:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{19, "usne",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{20, "usnh",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2*3 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{21, "usnj",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*10 KnownChildSensitiveDataConsents:2*5 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{22, "ustn",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{23, "usmn",
		"Version:6 ProcessingNotice:2 SaleOptOutNotice:2 TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 "
		"TargetedAdvertisingOptOut:2 SensitiveDataProcessing:2*8 KnownChildSensitiveDataConsents:2 "
		"AdditionalDataProcessingConsent:2 MspaCoveredTransaction:2 MspaOptOutOptionMode:2 "
	"MspaServiceProviderMode:2 | GpcSegmentType:2=1 Gpc:bool"},
	{24, "usmd",
		"MspaVersion:6 MspaCoveredTransaction:2 MspaMode:2 ProcessingNotice:2 SaleOptOutNotice:2 "
		"TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 TargetedAdvertisingOptOut:2 "
	"AdditionalDataProcessingConsent:2 | GpcSegmentType:2=1 Gpc:bool"},
	{25, "usin",
		"MspaVersion:6 MspaCoveredTransaction:2 MspaMode:2 ProcessingNotice:2 SaleOptOutNotice:2 "
		"TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 TargetedAdvertisingOptOut:2 "
		"KnownChildSensitiveDataConsents:2 AdditionalDataProcessingConsent:2 | "
	"SensitiveDataProcessing:2*8"},
	{26, "usky",
		"MspaVersion:6 MspaCoveredTransaction:2 MspaMode:2 ProcessingNotice:2 SaleOptOutNotice:2 "
		"TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 TargetedAdvertisingOptOut:2 "
		"KnownChildSensitiveDataConsents:2 AdditionalDataProcessingConsent:2 | "
	"SensitiveDataProcessing:2*8"},
	{27, "usri",
		"MspaVersion:6 MspaCoveredTransaction:2 MspaMode:2 ProcessingNotice:2 SaleOptOutNotice:2 "
		"TargetedAdvertisingOptOutNotice:2 SaleOptOut:2 TargetedAdvertisingOptOut:2 "
		"KnownChildSensitiveDataConsents:2 AdditionalDataProcessingConsent:2 | "
	"SensitiveDataProcessing:2*8"}
};

const int	eth_gpp_n_shipped = lengthof(eth_gpp_shipped);
