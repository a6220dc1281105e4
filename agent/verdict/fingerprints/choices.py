"""Pages of filter products, and of filters that an owner chose for a place or a family.

A product's own page is of no country, and does not say whose it is: Fortinet's and Netsweeper's stand at providers as
well as in offices. Where it names a school or a family's setting, or where only its owner uses the product, it is a
choice.
"""

from __future__ import annotations

from agent.verdict.fingerprints.record import Page, Place, Scope, pages, places

LISTS = "Citizen Lab filtering-annotations; OONI blocking-fingerprints"
PLANET = "Censored Planet blockpage signatures; OONI blocking-fingerprints"

PLACES: tuple[Place, ...] = (
    *places(
        "",
        Scope.PRODUCT,
        LISTS,
        """
        notify.bluecoat.com ibossreporter.edutech.org cb.iphantom.com wired.meraki.com:8090 gateway.zscaler.net
        gateway.zscalertwo.net alert.scansafe.net www.webscanningservice.com/webservicesalertpage
        cfssupport.sonicwall.com
        """,
    ),
    *places(
        "",
        Scope.CHOICE,
        f"{LISTS}; Censored Planet",
        """
        block.opendns.com malware.opendns.com phish.opendns.com www.block.opendns.com warn.recursive.dnsbycomodo.com
        error.etp.akamai.com blockpage-cdn.safedns.com support.drweb.com/new/urlfilter
        blocked.netalerts.io fp.sn.ifl.net mobile.netsparkmobile.com
        filter7external.schoolsbroadband.co.uk reporter.dublinschools.net filter.esu9.org:8080
        hotspot.vodafone.de/access_denied
        cira.ca:443/canadianshield www.cira.ca:443/canadianshield
        """,
    ),
    *places(
        "GB",
        Scope.CHOICE,
        f"{LISTS}: the subscriber's own bar on adult content",
        """
        assets.o2.co.uk/18plusaccess www.vodafone.co.uk/restricted-content www.vodafone.co.uk/contentcontrolpage
        www.giffgaff.com/mobile/over18 block.cf.sky.com blocked.nb.sky.com myaccount.ee.co.uk/anonymous-content-lock
        ee.co.uk/help/my-account/corporate-content-lock account.nowtv.com/broadband-buddy/blocked
        three.co.uk/mobilebroadband_restricted www.three.co.uk/mobilebroadband_restricted blockpage.bt.com
        www.talktalk.co.uk/notices broadbandshield.sky.com account.pobroadband.co.uk/selfcare.ui/safeguard
        """,
    ),
    *places("IE", Scope.CHOICE, f"{LISTS}: the subscriber's own bar on adult content", "m.three.ie/adult-content"),
)

PAGES: tuple[Page, ...] = (
    *pages(
        "",
        Scope.PRODUCT,
        f"{LISTS}; Censored Planet: default pages of products",
        """
        netsweeper: [code] poweredbynetsweeper.com
        netsweeper_rule: [code] dpid= | [code] dpruleid=
        access_url: [code] /?accessurl= | [code] urlclassname=
        websense: [code] :15871/cgi-bin/block
        websense_copyright: [code] websense, inc. | [title] access denied
        checkpoint: [title] check point usercheck
        contentkeeper: blocked by contentkeeper | policy
        kerio: this page has been blocked by kerio control
        kerio_proxy: это сообщение создано прокси-сервером kerio control
        iboss: access to the requested site has been restricted due to its contents
        iboss_page: [code] /ibreports/ibp/
        allot: [code] www.allot.com/images/allot_logo
        netentsec: [title] netentsec content filter
        gateprotect: [title] gateprotect content filter message
        olfeo: [code] olfeo | bloqué
        smartx: smartxfilter message
        web_keeper: [code] webkeeper_web/forbidden.jsp
        web_ray: [code] /websray/wbs_access_deny
        fortinet_policy: you have tried to access a web page which is in violation of your internet usage policy
        fortinet_block_policy: web page you have requested | violation of your internet usage policy
        fortinet_application: application which is in violation of your internet usage policy
        fortinet_filter: [title] web filter block override
        fortinet_violation: [title] web filter violation
        fortinet_banned: the page you have requested has been blocked, because the url is banned
        fortiguard: fortiguard | web page blocked
        fortinet_by: fortinet | web page blocked
        fortigate_control: fortigate application control … application blocked!
        fortiguard_prevention: fortiguard intrusion prevention - access blocked
        fortinet_pass: [code] :8008/xx/yy/zz/ci/
        palo_alto: you were trying to visit has been blocked in accordance with company policy
        palo_alto_in: access to the web page you were trying to visit has been blocked in accordance with
        palo_alto_application: access to the application you were trying to use has been blocked in accordance with
        palo_alto_bar: [code] bgcolor="#e7e8e9" | web page blocked
        juniper: juniper web filtering | restricted
        sonicwall_blocked: this site has been blocked by the network administrator
        sonicwall_title: [title] sonicwall - web site blocked
        zscaler: [title] =internet security by zscaler
        zscaler_said: your organization has selected zscaler
        mcafee: mcafee web gateway - notification
        mcafee_title: [title] mcafee web gateway - notification
        watchguard: denied by watchguard http proxy
        meraki: this website is blocked by your network operator
        untangle: this web page is blocked because it violates network policy
        untangle_site: this site is blocked because it violates network policy
        ironport: cisco | based on your organization's access policies | blocked
        barracuda: redirecting you to barracuda web filter
        barracuda_firewall: barracuda nextgen firewall:
        notification_policy: [title] notification: policy: url filtering
        notification_policy_es: [title] notificación: política: filtrado de url
        qradar: blocked access to the website according to your company policy
        internet_use_policy: internet use policy restricts access to this web page
        lightspeed: [title] lightspeed system - web access
        """,
    ),
    *pages(
        "",
        Scope.CHOICE,
        f"{LISTS}; Censored Planet: schools, resolvers that one chooses, virus scanners, routers at home",
        """
        iserv: [title] =iserv | gesperrt
        rm_schools: [code] www.rm.com/filteringpolicy/
        schools_page: to check to see if the netsweeper restriction is coming from the cache
        asus_router: [code] :80/blocking.asp?cat_id=
        tp_link: [code] /main/fwupinfoblock.htm
        opendns_site: this site is blocked due to content filtering
        opendns_domain: this domain is blocked due to content filtering
        comodo: [code] comodo.com/home/internet-security/submit.php
        cleanbrowsing: blocked by cleanbrowsing
        adguard: [code] blocking pages for adguard projects
        nextdns: blocked-by: nextdns
        blue_shield: [title] blocked by blue shield
        guardian_dns: [title] guardian dns
        one_dns: [title] onedns block system
        pi_hole: [code] pi-hole: a black hole for internet advertisements
        pi_hole_german: [title] website durch pi-hole blockiert
        tehtris: [title] tehtris dns firewall
        zyxel: [title] zyxel security cloud-dns filter
        swisscom_wlan: [title] website blocked by swisscom pwlan content filter
        wlan: blocked at this public wi-fi (pwlan) location
        telsy: securedns has blocked a potential threat
        sky_dns: [code] skydns.ru/static/
        sky_dns_guide: [code] www.skydns.ru/guide/
        kid_protect: [title] kidprotect network
        total_av: [title] total av blocked
        eset: eset | endpoint antivirus | blocked
        eset_alert: [title] alert! - eset
        spider_gate: url is blocked by spider gate
        dr_web: dr.web strongly advises you against visiting this website
        dr_web_title: [title] dr.web strongly advises you against visiting
        taunton: taunton school allow access to the following search engines
        jeffco: jeffco schools internet filtering page
        minneapolis: [code] block-unblock-requests.aspx
        northwestern: blocked by the northwestern it information security team
        cardiff: [title] cardiff university :: application blocked
        singapore_university: access to this website is restricted by nus
        malicious_redirect: you have been redirected from a malicious site
        jakarta_hours: situs ini akan dibuka kembali antara pukul
        """,
    ),
    *pages(
        "GB",
        Scope.CHOICE,
        f"{LISTS}: the subscriber's own bar on adult content",
        """
        o2: [title] you need to be over 18 for this website [o2
        vodafone: age-restricted content bar
        vodafone_controls: vodafone age-restricted content controls
        talktalk: [title] your homesafe settings prevent access to this site
        three: your adult content filter is on
        three_age: [code] smobile.three.co.uk/837/
        ee: [code] internetmatters.org/ee
        """,
    ),
    *pages("IE", Scope.CHOICE, LISTS, "three: to turn this off, you must verify your age"),
    *pages("DE", Scope.CHOICE, LISTS, "vodafone: you try to access is only recommended for persons over the age of 18"),
    *pages("PK", Scope.CHOICE, LISTS, "nayatel: as per your subscription of nayatel safeweb service"),
)
