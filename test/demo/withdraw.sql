SELECT ethdata.withdraw_consent('42', 'marketing.email') > 0 AS recorded;
