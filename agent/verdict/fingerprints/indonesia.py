"""Pages of filters in Indonesia: the ministry's list, shown by each provider in its own way."""

from __future__ import annotations

from agent.verdict.fingerprints.record import Page, Place, Scope, pages, places

LISTS = "Citizen Lab filtering-annotations; OONI blocking-fingerprints"

PLACES: tuple[Place, ...] = (
    *places(
        "ID",
        Scope.NATION,
        LISTS,
        """
        internet-positif.org internetpositif.uzone.id mercusuar.uzone.id block.uzone.id positif.uzone.id
        trustpositif.kominfo.go.id lamanlabuh.aduankonten.id
        """,
    ),
    *places(
        "ID",
        Scope.PROVIDER,
        f"{LISTS}; Censored Planet blockpage signatures",
        """
        internetpositif.mncplaymedia.com xblock.gmedia.net.id filter.citra.net.id netsafe.indosatooredoo.com
        netsafe.indosatm2.com internetbaik.telkomsel.com blockpage.xl.co.id www.xl.co.id/xlblockpage
        www.biznetnetworks.com/safesurf restricted.tri.co.id block.myrepublic.co.id
        internet-sehat.telkomuniversity.ac.id sehat.hypernet.co.id block.utaramedia.net
        www.melsa.net.id/main/blocked filter.melsa.net.id trustpositif.iforte.net.id 114.6.128.7
        block.centrin.net.id internetsehataman.cbn.net.id internetpositif3.firstmedia.com
        internetsehat.smartfren.com mypage.blocked.bltsel
        """,
    ),
)

PAGES: tuple[Page, ...] = (
    *pages(
        "ID",
        Scope.NATION,
        f"{LISTS}; Censored Planet; Regulation 19/2014 of the Minister of Communication and Informatics",
        """
        internet_positif: [title] internet positif
        internet_positive: [title] internet positive | blok
        internet_sehat_dan_aman: [title] internet sehat dan aman
        internet_sehat_blocked: situs ini diblokir
        internet_sehat_closed: program … internet sehat … menutup akses ke situs
        internet_sehat_safe: anda tidak dapat mengakses situs ini sesuai dengan
        internet_sehat_title: [title] internet sehat | [code] sehat
        myrepublic_said: situs yang dilarang untuk diakses melalui jaringan kami
        safe_internet: regulation no. 19/ 2014 related to safe internet
        safe_internet_short: regulation no. 19/2014 related to safe internet
        minister_19: regulation of the minister of communication and inform | access restricted
        decree_19: communication and informatics ministerial decree number 19/2014
        decree_negative: penanganan situs internet bermuatan negatif
        complaints: situs … tidak dapat ditampilkan | aduankonten@mail.kominfo.go.id
        complaints_hidden: [code] di.og.ofnimok@netnoknauda
        forbidden_site: situs terlarang tidak dapat diakses
        forbidden_site_title: [title] =situs terlarang
        by_law_here: tidak bisa diakses melalui jaringan ini
        by_law_there: situs | tidak dapat diakses melalui jaringan ini
        by_law: sesuai dengan peraturan perundangan … situs … tidak dapat diakses
        blocked_by_law: akses anda ke situs ini telah diblokir sesuai
        regulation_named: blocking this abusive site as stated by the indonesia regulation
        not_permitted: terindikasi mengandung konten yang tidak diperkenankan pemerintah
        elements: situs | terindikasi mengandung salah satu unsur
        elements_may: mungkin mengandung unsur ilegal, pornografi, perjudian
        may_not_show: konten terlarang ini tidak dapat kami tampilkan
        negative_content: [title] =negatif konten
        light_house: [title] =mercusuar | [code] uzone
        internet_baik: [title] =internet baik | [code] internetbaik
        internet_baik_keywords: [code] telkomsel|internet sehat|baik|internet baik
        counter: [code] ua-16251743-3
        """,
    ),
    *pages(
        "ID",
        Scope.PROVIDER,
        f"{LISTS}; Censored Planet blockpage signatures",
        """
        cbn: [title] block page - cbn internet
        fastnet: [title] fastnet | [title] internet sehat
        fastnet_page: [code] internetsehatdanamanfastnet
        fastnet_script: [code] var pname='internet-sehat'
        crypto: [code] crypto.net.id/images/crypto_emblem
        starnet: [title] starnet | [title] blocked page
        citranet: [title] internet sehat citranet
        indosat: [title] indosatooredoo netsafe
        indosat_m2: [title] netsafe indosatm2
        argon: [code] argon_files/stop.jpg
        argon_said: situs yg anda buka kami blokir
        xl: [title] xl block page
        velo: [title] velo networks :: internet sehat
        lintasarta: [title] =idola lintasarta
        telkom_university: [title] internet sehat telkom university
        bolt: [code] ua-4293319-7
        citranet_counter: [code] ua-18076037-2
        nawala: [code] ua-36449470-1
        myrepublic: [code] myrepublic.co.id/internet-sehat | [title] internet sehat
        binus: [title] blocked page bina nusantara
        dharma: [title] bloking konten
        blocked_you: maaf, situs yang anda akses di blokir
        closed_to_you: akses internet anda sedang terblokir
        blocked_page: laman yang anda tuju sudah diblokir
        forbidden_access: website ini memiliki larangan akses
        not_to_be_reached: [title] maaf, situs ini tidak bisa di akses
        dns_clean: [title] =dns bersih baraya
        """,
    ),
)
