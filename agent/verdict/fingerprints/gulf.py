"""Pages of filters in the Middle East, Turkey and Africa; Iran's have a file of their own."""

from __future__ import annotations

from agent.verdict.fingerprints.record import Page, Place, Scope, pages, places

LISTS = "Citizen Lab filtering-annotations; OONI blocking-fingerprints"
PLANET = "Censored Planet blockpage signatures; OONI blocking-fingerprints"

PLACES: tuple[Place, ...] = (
    *places("AE", Scope.PROVIDER, LISTS, "lighthouse.du.ae proxy.etisalat.ae www.bluecoat.com/notify-notifyuser"),
    *places(
        "BH",
        Scope.PROVIDER,
        LISTS,
        "www.anonymous.com.bh www.viva.com.bh/static/block menatelecom.com/deny_page www.menatelecom.com/deny_page",
    ),
    *places(
        "KW",
        Scope.PROVIDER,
        LISTS,
        "restrict.kw.zain.com restrict.kw.zain.com:8080 blocked.fasttelco.net blocked.kems.net "
        "pay.viva.com.kw/images/access-en",
    ),
    *places("OM", Scope.NATION, LISTS, "block.om siteblocked.om"),
    *places("QA", Scope.NATION, LISTS, "censor.qa www.vodafone.qa/alu.cfm"),
    *places("YE", Scope.NATION, LISTS, "deny.yemen.net.ye 82.114.160.94/webadmin/deny"),
    *places("SD", Scope.NATION, LISTS, "196.1.211.6:8080/alert 196.29.164.27/ntc"),
    *places("SA", Scope.CHOICE, LISTS, "blocking-web-server.isu.net.sa"),
    *places("TR", Scope.CHOICE, f"{LISTS}: the subscriber's own profile", "bilgi.turktelekom.com.tr/guvenli_internet"),
    *places("TR", Scope.PROVIDER, PLANET, "213.14.227.50/landpage"),
)

PAGES: tuple[Page, ...] = (
    *pages(
        "SA",
        Scope.NATION,
        f"{LISTS}; Censored Planet blockpage signatures",
        """
        blocked_url: [title] blocked url | [title] العنوان محجو
        information: لمزيد من المعلومات عن خدمة الإنترنت في المملكة العربية السعودية
        please: if you believe the requested page should not be blocked | internet.gov.sa
        regulations: sorry, the requested page is violating the regulations of
        """,
    ),
    *pages(
        "AE",
        Scope.NATION,
        f"{LISTS}; Internet Access Management Regulatory Policy",
        """
        policy: prohibited under the internet access management regulatory policy
        policy_access: not accessible in uae
        surf_safely_said: surf safely | not accessible
        surf_safely_counter: [code] ua-102574946-1
        """,
    ),
    *pages(
        "TR",
        Scope.NATION,
        f"{PLANET}; Law 5651",
        """
        law_5651: 5651 sayılı … erişime engellenmiştir
        union: erişim sağlayıcıları birliği tarafından erişime engellenmiştir
        decision: kararıyla erişime engellenmiştir
        decision_blocked: kararı ile erişime engellenmiştir
        decision_english: has been blocked by the decision dated
        presidency: [title] telekomünikasyon iletişim başkanlığı
        measure: based on the law nr. 5651
        btk: [code] policyname=btk_filter
        """,
    ),
    *pages(
        "TR",
        Scope.CHOICE,
        f"{LISTS}: the subscriber's own profile",
        """
        safe_internet: [title] güvenli internet uyarı
        profile: güvenli internet hizmeti | erişiminiz sağlanamamaktadır
        """,
    ),
    *pages("LB", Scope.NATION, PLANET, "court: blocked based on a court order from the lebanese judicial system"),
    *pages("SD", Scope.NATION, LISTS, "authority: [code] /webadmin/deny/ptra/blocking"),
    *pages("UG", Scope.NATION, LISTS, "commission: according to ucc regulation | restricted for browsing"),
    *pages("AF", Scope.PROVIDER, LISTS, "wireless: [code] access denied - afghan wireless communication company"),
    *pages("SO", Scope.PROVIDER, LISTS, "safe_browsing: so! safe browsing"),
    *pages(
        "TZ",
        Scope.PROVIDER,
        PLANET,
        "provider: please contact your isp on number 0222142250 for more information",
    ),
)
