-- The views that analysts read, described in DICTIONNAIRE.md. Plain SQL: SQLite and PostgreSQL run the same text.
-- A file whose path now holds other bytes has left document_paths: it shows in no view of documents. One that another
-- name supersedes (v_versions) still shows there, as `remplace`, and counts in none of the views of tenders. A copy of
-- another document of its tender (v_documents.copie_de) shows in v_documents and v_problemes alone.
-- No ORDER BY: it would cost every filter; `ORDERS` of views.py says how a view is shown.

CREATE VIEW v_documents AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.cpv AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS cpv,
    p.name AS fichier,
    p.path AS chemin,
    COALESCE(r.doc_type, 'autre') AS type_document,
    COALESCE(type_code.label, r.doc_type, 'autre') AS libelle_type_document,
    d.status AS etat,
    COALESCE(r.pages, 0) AS pages,
    COALESCE(r.family, t.family) AS famille,
    family_code.label AS libelle_famille,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(r.families AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS familles,
    (SELECT COUNT(*) FROM clauses c WHERE c.reading_id = r.id AND c.hidden_by IS NULL) AS nb_clauses,
    (SELECT COUNT(*) FROM volumes v WHERE v.reading_id = r.id AND v.hidden_by IS NULL) AS nb_volumes,
    (SELECT COUNT(*) FROM problems b WHERE b.reading_id = r.id) AS nb_problemes,
    (SELECT COUNT(*) FROM document_paths o
        WHERE o.document_id = p.document_id AND COALESCE(o.tender_id, 0) = COALESCE(p.tender_id, 0)) AS nb_copies,
    (SELECT MIN(o.path) FROM document_versions k
        JOIN document_paths o ON o.document_id = k.replaced_by AND o.tender_id = k.tender_id
        WHERE k.tender_id = p.tender_id AND k.document_id = p.document_id AND k.reason = 'copy') AS copie_de,
    d.size AS octets,
    COALESCE(r.seconds, 0) AS secondes,
    d.sha256 AS sha256,
    d.fingerprint AS empreinte,
    d.run_id AS traitement,
    run.started_at AS traite_le,
    p.document_id AS document_id,
    p.tender_id AS consultation_id,
    r.id AS lecture,
    EXISTS (
        SELECT 1 FROM document_versions w
        WHERE w.tender_id = p.tender_id AND w.document_id = p.document_id AND w.reason <> 'copy'
    ) AS remplace
FROM document_paths p
LEFT JOIN documents d ON d.id = p.document_id
LEFT JOIN runs run ON run.id = d.run_id
LEFT JOIN readings r ON r.document_id = p.document_id AND r.is_current
LEFT JOIN tenders t ON t.id = p.tender_id
LEFT JOIN tender_departements main ON main.tender_id = p.tender_id AND main.position = 0
LEFT JOIN codes type_code ON type_code.kind = 'doc_type' AND type_code.code = COALESCE(r.doc_type, 'autre')
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = COALESCE(r.family, t.family)
-- Of the copies of a document in a tender, the first path stands for all.
WHERE NOT EXISTS (
    SELECT 1 FROM document_paths o
    WHERE o.document_id = p.document_id AND o.path < p.path AND COALESCE(o.tender_id, 0) = COALESCE(p.tender_id, 0)
);

CREATE VIEW v_lots AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    place.number AS lot,
    place.title AS lot_titre,
    place.family AS famille,
    family_code.label AS libelle_famille,
    family.is_btp AS btp,
    place.document_count AS nb_documents,
    t.id AS consultation_id
FROM tender_lots place
JOIN tenders t ON t.id = place.tender_id
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = place.family
LEFT JOIN families family ON family.code = place.family
WHERE place.document_count > 0;

CREATE VIEW v_consultations AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    SUBSTR(CAST(t.day AS TEXT), 1, 7) AS mois,
    t.state AS etat_consultation,
    COALESCE(state_code.label, t.state) AS libelle_etat_consultation,
    t.published AS parution,
    t.deadline AS limite,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    coordination.name AS coordination,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.cpv AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS cpv,
    t.family AS famille,
    family_code.label AS libelle_famille,
    family.is_btp AS btp,
    (SELECT COUNT(*) FROM notices n WHERE n.tender_id = t.id) AS nb_avis,
    (SELECT COUNT(DISTINCT p.document_id) FROM document_paths p
        LEFT JOIN document_versions w ON w.tender_id = p.tender_id AND w.document_id = p.document_id
        WHERE p.tender_id = t.id AND w.id IS NULL) AS nb_documents,
    t.clause_count AS nb_clauses,
    t.reserved_count AS nb_lots_reserves,
    t.hours AS heures,
    (SELECT COUNT(*) FROM contradictions x LEFT JOIN consolidated c ON c.id = x.consolidated_id
        WHERE x.tender_id = t.id AND COALESCE(NOT c.is_corrected, TRUE)) AS nb_contradictions,
    t.declared AS declare,
    COALESCE(declared_code.label, t.declared) AS libelle_declare,
    t.agreement AS concordance,
    COALESCE(agreement_code.label, t.agreement) AS libelle_concordance,
    t.obligation AS obligation,
    COALESCE(obligation_code.label, t.obligation) AS libelle_obligation,
    t.obligation_reason AS motif_obligation,
    t.night_id AS nuit,
    t.id AS consultation_id
FROM tenders t
LEFT JOIN codes state_code ON state_code.kind = 'tender_state' AND state_code.code = t.state
LEFT JOIN tender_departements main ON main.tender_id = t.id AND main.position = 0
LEFT JOIN coordinations coordination ON coordination.departement = main.code
    AND (coordination.valid_from IS NULL OR coordination.valid_from <= t.day)
    AND (coordination.valid_to IS NULL OR coordination.valid_to > t.day)
LEFT JOIN families family ON family.code = t.family
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = t.family
LEFT JOIN codes declared_code ON declared_code.kind = 'declared' AND declared_code.code = t.declared
LEFT JOIN codes agreement_code ON agreement_code.kind = 'agreement' AND agreement_code.code = t.agreement
LEFT JOIN codes obligation_code ON obligation_code.kind = 'obligation' AND obligation_code.code = t.obligation;

CREATE VIEW v_consolide AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    SUBSTR(CAST(t.day AS TEXT), 1, 7) AS mois,
    t.state AS etat_consultation,
    COALESCE(state_code.label, t.state) AS libelle_etat_consultation,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    coordination.name AS coordination,
    c.lot AS lot,
    place.title AS lot_titre,
    c.family AS famille,
    family_code.label AS libelle_famille,
    family.is_btp AS btp,
    c.category AS categorie,
    COALESCE(category_code.label, c.category) AS libelle_categorie,
    c.hours AS heures,
    c.hours_derived AS heures_calculees,
    c.formula AS formule,
    c.counted_hours AS heures_comptees,
    c.weight_percent AS poids_pourcent,
    c.confidence AS confiance,
    c.doc_type AS type_document,
    COALESCE(type_code.label, c.doc_type) AS libelle_type_document,
    (SELECT MIN(p.name) FROM document_paths p WHERE p.document_id = c.document_id AND p.tender_id = t.id) AS fichier,
    c.page AS page,
    c.quote AS citation,
    c.source_count AS nb_sources,
    CASE WHEN c.is_corrected THEN 0 ELSE c.contradiction_count END AS nb_contradictions,
    c.is_corrected AS corrige,
    c.document_id AS document_id,
    t.id AS consultation_id,
    c.clause_id AS clause_id,
    c.volume_id AS volume_id,
    c.id AS ligne_id
FROM consolidated c
JOIN tenders t ON t.id = c.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'tender_state' AND state_code.code = t.state
LEFT JOIN tender_departements main ON main.tender_id = t.id AND main.position = 0
LEFT JOIN coordinations coordination ON coordination.departement = main.code
    AND (coordination.valid_from IS NULL OR coordination.valid_from <= t.day)
    AND (coordination.valid_to IS NULL OR coordination.valid_to > t.day)
LEFT JOIN tender_lots place ON place.tender_id = c.tender_id AND place.number = c.lot
LEFT JOIN families family ON family.code = c.family
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = c.family
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = c.category
LEFT JOIN codes type_code ON type_code.kind = 'doc_type' AND type_code.code = c.doc_type;

CREATE VIEW v_clauses AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    p.name AS fichier,
    p.path AS chemin,
    r.doc_type AS type_document,
    COALESCE(type_code.label, r.doc_type) AS libelle_type_document,
    x.lot AS lot,
    COALESCE(own.title, place.title) AS lot_titre,
    place.family AS famille,
    family_code.label AS libelle_famille,
    family.is_btp AS btp,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(r.families AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS familles,
    c.category AS categorie,
    COALESCE(category_code.label, c.category) AS libelle_categorie,
    c.weight_percent AS poids_pourcent,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(c.legal_refs AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS references_legales,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    (SELECT COUNT(*) FROM evidence n WHERE n.clause_id = c.id) AS nb_preuves,
    c.rule AS regle,
    CASE WHEN c.correction_id IS NULL THEN c.confidence ELSE 1.0 END AS confiance,
    r.document_id AS document_id, t.id AS consultation_id, c.id AS clause_id,
    r.run_id AS traitement,
    EXISTS (
        SELECT 1 FROM document_versions w WHERE w.tender_id = p.tender_id AND w.document_id = p.document_id
    ) AS remplace
-- Inner joins first: PostgreSQL puts no more than eight tables in a better order.
FROM clauses c
JOIN clause_lots x ON x.clause_id = c.id
JOIN readings r ON r.id = c.reading_id AND r.is_current
JOIN document_paths p ON p.document_id = r.document_id
JOIN tenders t ON t.id = p.tender_id
LEFT JOIN tender_departements main ON main.tender_id = t.id AND main.position = 0
LEFT JOIN tender_lots place ON place.tender_id = t.id AND place.number = x.lot
LEFT JOIN lots own ON own.reading_id = c.reading_id AND own.number = x.lot
LEFT JOIN evidence e ON e.clause_id = c.id AND e.position = 0
LEFT JOIN codes type_code ON type_code.kind = 'doc_type' AND type_code.code = r.doc_type
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = c.category
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = place.family
LEFT JOIN families family ON family.code = place.family
WHERE c.hidden_by IS NULL AND NOT EXISTS (
    SELECT 1 FROM document_paths o
    WHERE o.document_id = p.document_id AND o.tender_id = p.tender_id AND o.path < p.path
) AND NOT EXISTS (
    SELECT 1 FROM document_versions k
    WHERE k.tender_id = p.tender_id AND k.document_id = p.document_id AND k.reason = 'copy'
);

CREATE VIEW v_volumes AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    p.name AS fichier,
    p.path AS chemin,
    r.doc_type AS type_document,
    COALESCE(type_code.label, r.doc_type) AS libelle_type_document,
    v.lot AS lot,
    COALESCE(own.title, place.title) AS lot_titre,
    place.family AS famille,
    family_code.label AS libelle_famille,
    family.is_btp AS btp,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(r.families AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS familles,
    v.category AS categorie,
    COALESCE(category_code.label, v.category) AS libelle_categorie,
    v.value AS valeur,
    v.value_max AS valeur_max,
    v.unit AS unite,
    COALESCE(unit_code.label, v.unit) AS libelle_unite,
    v.per AS par,
    COALESCE(per_code.label, v.per) AS libelle_par,
    v.per_amount_eur AS tranche_eur,
    v.threshold_eur AS seuil_eur,
    v.phase AS phase,
    v.bound AS borne,
    v.derived_hours AS heures_derivees,
    CASE WHEN v.unit = 'hours' AND v.per = 'contract' THEN v.value ELSE v.derived_hours END AS heures,
    v.formula AS formule,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    (SELECT COUNT(*) FROM evidence n WHERE n.volume_id = v.id) AS nb_preuves,
    v.rule AS regle,
    CASE WHEN v.correction_id IS NULL THEN v.confidence ELSE 1.0 END AS confiance,
    r.document_id AS document_id, t.id AS consultation_id, v.id AS volume_id,
    r.run_id AS traitement,
    EXISTS (
        SELECT 1 FROM document_versions w WHERE w.tender_id = p.tender_id AND w.document_id = p.document_id
    ) AS remplace
-- Inner joins first: PostgreSQL puts no more than eight tables in a better order.
FROM volumes v
JOIN readings r ON r.id = v.reading_id AND r.is_current
JOIN document_paths p ON p.document_id = r.document_id
JOIN tenders t ON t.id = p.tender_id
LEFT JOIN tender_departements main ON main.tender_id = t.id AND main.position = 0
LEFT JOIN tender_lots place ON place.tender_id = t.id AND place.number = v.lot
LEFT JOIN lots own ON own.reading_id = v.reading_id AND own.number = v.lot
LEFT JOIN evidence e ON e.volume_id = v.id AND e.position = 0
LEFT JOIN codes type_code ON type_code.kind = 'doc_type' AND type_code.code = r.doc_type
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = v.category
LEFT JOIN codes unit_code ON unit_code.kind = 'unit' AND unit_code.code = v.unit
LEFT JOIN codes per_code ON per_code.kind = 'per' AND per_code.code = v.per
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = place.family
LEFT JOIN families family ON family.code = place.family
WHERE v.hidden_by IS NULL AND NOT EXISTS (
    SELECT 1 FROM document_paths o
    WHERE o.document_id = p.document_id AND o.tender_id = p.tender_id AND o.path < p.path
) AND NOT EXISTS (
    SELECT 1 FROM document_versions k
    WHERE k.tender_id = p.tender_id AND k.document_id = p.document_id AND k.reason = 'copy'
);

CREATE VIEW v_preuves AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    'clause' AS nature, kind_code.label AS libelle_nature,
    x.category AS categorie, COALESCE(category_code.label, x.category) AS libelle_categorie,
    e.position AS rang, e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    x.rule AS regle,
    d.document_id, d.consultation_id, x.id AS ligne_id
FROM clauses x
JOIN v_documents d ON d.lecture = x.reading_id
JOIN evidence e ON e.clause_id = x.id
JOIN codes kind_code ON kind_code.kind = 'proof_of' AND kind_code.code = 'clause'
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = x.category
WHERE x.hidden_by IS NULL AND d.copie_de IS NULL
UNION ALL
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    'volume' AS nature, kind_code.label AS libelle_nature,
    x.category AS categorie, COALESCE(category_code.label, x.category) AS libelle_categorie,
    e.position AS rang, e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    x.rule AS regle,
    d.document_id, d.consultation_id, x.id AS ligne_id
FROM volumes x
JOIN v_documents d ON d.lecture = x.reading_id
JOIN evidence e ON e.volume_id = x.id
JOIN codes kind_code ON kind_code.kind = 'proof_of' AND kind_code.code = 'volume'
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = x.category
WHERE x.hidden_by IS NULL AND d.copie_de IS NULL
UNION ALL
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    'penalty' AS nature, kind_code.label AS libelle_nature,
    NULL AS categorie, NULL AS libelle_categorie,
    e.position AS rang, e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    x.rule AS regle,
    d.document_id, d.consultation_id, x.id AS ligne_id
FROM penalties x
JOIN v_documents d ON d.lecture = x.reading_id
JOIN evidence e ON e.penalty_id = x.id
JOIN codes kind_code ON kind_code.kind = 'proof_of' AND kind_code.code = 'penalty'
WHERE d.copie_de IS NULL
UNION ALL
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    'contact' AS nature, kind_code.label AS libelle_nature,
    NULL AS categorie, NULL AS libelle_categorie,
    e.position AS rang, e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    NULL AS regle,
    d.document_id, d.consultation_id, x.id AS ligne_id
FROM contacts x
JOIN v_documents d ON d.lecture = x.reading_id
JOIN evidence e ON e.contact_id = x.id
JOIN codes kind_code ON kind_code.kind = 'proof_of' AND kind_code.code = 'contact'
WHERE d.copie_de IS NULL
UNION ALL
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    'term' AS nature, kind_code.label AS libelle_nature,
    NULL AS categorie, NULL AS libelle_categorie,
    e.position AS rang, e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    x.rule AS regle,
    d.document_id, d.consultation_id, x.id AS ligne_id
FROM terms x
JOIN v_documents d ON d.lecture = x.reading_id
JOIN evidence e ON e.term_id = x.id
JOIN codes kind_code ON kind_code.kind = 'proof_of' AND kind_code.code = 'term'
WHERE d.copie_de IS NULL
UNION ALL
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    'absence' AS nature, kind_code.label AS libelle_nature,
    x.category AS categorie, COALESCE(category_code.label, x.category) AS libelle_categorie,
    e.position AS rang, e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    x.rule AS regle,
    d.document_id, d.consultation_id, x.id AS ligne_id
FROM absences x
JOIN v_documents d ON d.lecture = x.reading_id
JOIN evidence e ON e.absence_id = x.id
JOIN codes kind_code ON kind_code.kind = 'proof_of' AND kind_code.code = 'absence'
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = x.category
WHERE d.copie_de IS NULL;

CREATE VIEW v_contradictions AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    SUBSTR(CAST(t.day AS TEXT), 1, 7) AS mois,
    t.state AS etat_consultation,
    COALESCE(state_code.label, t.state) AS libelle_etat_consultation,
    t.deadline AS limite,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    coordination.name AS coordination,
    x.lot AS lot,
    place.title AS lot_titre,
    place.family AS famille,
    family_code.label AS libelle_famille,
    x.category AS categorie,
    COALESCE(category_code.label, x.category) AS libelle_categorie,
    x.subject AS sujet,
    COALESCE(subject_code.label, x.subject) AS libelle_sujet,
    x.kept_value AS valeur_retenue,
    (SELECT MIN(p.name) FROM document_paths p WHERE p.document_id = x.kept_document_id AND p.tender_id = t.id) AS fichier_retenu,
    x.kept_page AS page_retenue,
    x.kept_quote AS citation_retenue,
    x.other_value AS autre_valeur,
    (SELECT MIN(p.name) FROM document_paths p WHERE p.document_id = x.other_document_id AND p.tender_id = t.id) AS autre_fichier,
    x.other_page AS autre_page,
    x.other_quote AS autre_citation,
    -- A person who has corrected the row has settled it.
    COALESCE(NOT c.is_corrected, TRUE) AS ouverte,
    x.kept_document_id AS document_retenu_id,
    x.other_document_id AS autre_document_id,
    t.id AS consultation_id,
    x.consolidated_id AS ligne_id
FROM contradictions x
JOIN tenders t ON t.id = x.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'tender_state' AND state_code.code = t.state
LEFT JOIN tender_departements main ON main.tender_id = t.id AND main.position = 0
LEFT JOIN coordinations coordination ON coordination.departement = main.code
    AND (coordination.valid_from IS NULL OR coordination.valid_from <= t.day)
    AND (coordination.valid_to IS NULL OR coordination.valid_to > t.day)
LEFT JOIN consolidated c ON c.id = x.consolidated_id
LEFT JOIN tender_lots place ON place.tender_id = x.tender_id AND place.number = x.lot
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = place.family
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = x.category
LEFT JOIN codes subject_code ON subject_code.kind = 'contradiction' AND subject_code.code = x.subject;

CREATE VIEW v_declare_trouve AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    SUBSTR(CAST(t.day AS TEXT), 1, 7) AS mois,
    t.state AS etat_consultation,
    COALESCE(state_code.label, t.state) AS libelle_etat_consultation,
    main.code AS departement,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    coordination.name AS coordination,
    a.lot AS lot,
    a.consideration AS consideration,
    COALESCE(consideration_code.label, a.consideration) AS libelle_consideration,
    a.declared AS declare,
    COALESCE(declared_code.label, a.declared) AS libelle_declare,
    a.found AS trouve,
    COALESCE(found_code.label, a.found) AS libelle_trouve,
    a.result AS concordance,
    COALESCE(agreement_code.label, a.result) AS libelle_concordance,
    t.id AS consultation_id
FROM agreements a
JOIN tenders t ON t.id = a.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'tender_state' AND state_code.code = t.state
LEFT JOIN tender_departements main ON main.tender_id = t.id AND main.position = 0
LEFT JOIN coordinations coordination ON coordination.departement = main.code
    AND (coordination.valid_from IS NULL OR coordination.valid_from <= t.day)
    AND (coordination.valid_to IS NULL OR coordination.valid_to > t.day)
LEFT JOIN codes consideration_code ON consideration_code.kind = 'consideration'
    AND consideration_code.code = a.consideration
LEFT JOIN codes declared_code ON declared_code.kind = 'answer' AND declared_code.code = a.declared
LEFT JOIN codes found_code ON found_code.kind = 'answer' AND found_code.code = a.found
LEFT JOIN codes agreement_code ON agreement_code.kind = 'agreement' AND agreement_code.code = a.result;

CREATE VIEW v_activite AS
SELECT
    SUBSTR(CAST(t.day AS TEXT), 1, 7) AS mois,
    COUNT(*) AS nb_consultations,
    SUM(CASE WHEN t.clause_count > 0 THEN 1 ELSE 0 END) AS nb_avec_clause,
    SUM(t.clause_count) AS nb_clauses,
    SUM(CASE WHEN t.reserved_count > 0 THEN 1 ELSE 0 END) AS nb_reservees,
    SUM(t.hours) AS heures
FROM tenders t
GROUP BY SUBSTR(CAST(t.day AS TEXT), 1, 7);

CREATE VIEW v_familles AS
SELECT
    total.famille AS famille,
    family_code.label AS libelle_famille,
    family.is_btp AS btp,
    total.nb_avec_clause AS nb_avec_clause,
    total.nb_clauses AS nb_clauses,
    total.nb_reservees AS nb_reservees,
    total.heures AS heures
FROM (
    SELECT c.family AS famille,
           COUNT(DISTINCT c.tender_id) AS nb_avec_clause,
           COUNT(*) AS nb_clauses,
           COUNT(DISTINCT CASE WHEN SUBSTR(c.category, 1, 8) = 'reserve_' THEN c.tender_id END) AS nb_reservees,
           SUM(c.counted_hours) AS heures
    FROM consolidated c
    GROUP BY c.family
) total
LEFT JOIN families family ON family.code = total.famille
LEFT JOIN codes family_code ON family_code.kind = 'family' AND family_code.code = total.famille;

CREATE VIEW v_departements AS
SELECT
    x.code AS departement,
    place.name AS nom_departement,
    coordination.name AS coordination,
    coordination.valid_from AS depuis,
    coordination.valid_to AS jusqu_au,
    COALESCE(certainty_code.label, coordination.certainty) AS certitude,
    COUNT(*) AS nb_consultations,
    SUM(CASE WHEN t.clause_count > 0 THEN 1 ELSE 0 END) AS nb_avec_clause,
    SUM(t.clause_count) AS nb_clauses,
    SUM(CASE WHEN t.reserved_count > 0 THEN 1 ELSE 0 END) AS nb_reservees,
    SUM(t.hours) AS heures
FROM tender_departements x
JOIN tenders t ON t.id = x.tender_id
LEFT JOIN departements place ON place.code = x.code
LEFT JOIN coordinations coordination ON coordination.departement = x.code
    AND (coordination.valid_from IS NULL OR coordination.valid_from <= t.day)
    AND (coordination.valid_to IS NULL OR coordination.valid_to > t.day)
LEFT JOIN codes certainty_code ON certainty_code.kind = 'certainty' AND certainty_code.code = coordination.certainty
GROUP BY x.code, place.name, coordination.id, coordination.name, coordination.valid_from, coordination.valid_to,
         COALESCE(certainty_code.label, coordination.certainty);

CREATE VIEW v_territoires AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.day AS jour,
    x.code AS departement,
    place.name AS nom_departement,
    coordination.name AS coordination,
    t.id AS consultation_id
FROM tender_departements x
JOIN tenders t ON t.id = x.tender_id
LEFT JOIN departements place ON place.code = x.code
LEFT JOIN coordinations coordination ON coordination.departement = x.code
    AND (coordination.valid_from IS NULL OR coordination.valid_from <= t.day)
    AND (coordination.valid_to IS NULL OR coordination.valid_to > t.day);

CREATE VIEW v_acheteurs AS
SELECT
    t.buyer AS acheteur,
    COUNT(*) AS nb_consultations,
    SUM(CASE WHEN t.clause_count > 0 THEN 1 ELSE 0 END) AS nb_avec_clause,
    SUM(t.clause_count) AS nb_clauses,
    SUM(CASE WHEN t.reserved_count > 0 THEN 1 ELSE 0 END) AS nb_reservees,
    SUM(t.hours) AS heures,
    (SELECT AVG(c.weight_percent) FROM tenders o JOIN consolidated c ON c.tender_id = o.id
        WHERE o.buyer = t.buyer) AS poids_moyen_pourcent,
    MIN(t.day) AS premier_jour,
    MAX(t.day) AS dernier_jour
FROM tenders t
WHERE t.buyer IS NOT NULL
GROUP BY t.buyer;

CREATE VIEW v_corrections AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    n.kind AS nature,
    COALESCE(kind_code.label, n.kind) AS libelle_nature,
    n.action AS geste,
    COALESCE(action_code.label, n.action) AS libelle_geste,
    n.state AS etat,
    COALESCE(state_code.label, n.state) AS libelle_etat,
    n.lot AS lot,
    n.category AS categorie,
    COALESCE(category_code.label, n.category) AS libelle_categorie,
    (SELECT MIN(p.name) FROM document_paths p WHERE p.document_id = n.document_id) AS fichier,
    n.page AS page,
    n.quote AS citation,
    CAST(n.before AS TEXT) AS avant,
    CAST(n.after AS TEXT) AS apres,
    n.author AS auteur,
    n.reason AS motif,
    n.created_at AS faite_le,
    n.checked_at AS rapprochee_le,
    n.withdrawn_at AS retiree_le,
    n.replaced_by AS remplacee_par,
    n.document_id AS document_id,
    n.tender_id AS consultation_id,
    n.id AS correction_id
FROM corrections n
LEFT JOIN tenders t ON t.id = n.tender_id
LEFT JOIN codes kind_code ON kind_code.kind = 'correction_kind' AND kind_code.code = n.kind
LEFT JOIN codes action_code ON action_code.kind = 'correction_action' AND action_code.code = n.action
LEFT JOIN codes state_code ON state_code.kind = 'correction_state' AND state_code.code = n.state
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = n.category;

CREATE VIEW v_versions AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    n.path AS ancien_chemin,
    earlier.doc_type AS type_document,
    COALESCE(type_code.label, earlier.doc_type) AS libelle_type_document,
    (SELECT MIN(p.path) FROM document_paths p WHERE p.document_id = n.replaced_by AND p.tender_id = n.tender_id) AS chemin,
    n.replaced_at AS remplace_le,
    n.reason AS motif,
    COALESCE(reason_code.label, n.reason) AS libelle_motif,
    (SELECT COUNT(*) FROM clauses c WHERE c.reading_id = earlier.id AND c.hidden_by IS NULL) AS nb_clauses_avant,
    (SELECT COUNT(*) FROM clauses c WHERE c.reading_id = later.id AND c.hidden_by IS NULL) AS nb_clauses_apres,
    n.document_id AS ancien_document_id,
    n.replaced_by AS document_id,
    t.id AS consultation_id
FROM document_versions n
JOIN tenders t ON t.id = n.tender_id
LEFT JOIN readings earlier ON earlier.document_id = n.document_id AND earlier.is_current
LEFT JOIN readings later ON later.document_id = n.replaced_by AND later.is_current
LEFT JOIN codes type_code ON type_code.kind = 'doc_type' AND type_code.code = earlier.doc_type
LEFT JOIN codes reason_code ON reason_code.kind = 'version_reason' AND reason_code.code = n.reason
WHERE n.reason <> 'copy';

CREATE VIEW v_traitements AS
SELECT
    r.id AS traitement,
    r.command AS commande,
    r.fingerprint AS empreinte,
    r.started_at AS debut,
    r.finished_at AS fin,
    r.seen AS nb_fichiers,
    r.skipped AS nb_deja_traites,
    r.ok AS nb_ok,
    r.partial AS nb_partiels,
    r.failed AS nb_echecs,
    (SELECT COUNT(*) FROM readings x WHERE x.run_id = r.id) AS nb_lectures,
    (SELECT COUNT(*) FROM readings x WHERE x.run_id = r.id AND x.is_current) AS nb_lectures_en_vigueur,
    r.night_id AS nuit,
    r.name AS nom_lot,
    r.selection AS choix,
    (SELECT COUNT(*) FROM batch_documents b WHERE b.run_id = r.id) AS nb_choisis,
    (SELECT COUNT(*) FROM batch_documents b WHERE b.run_id = r.id AND b.state = 'todo') AS nb_a_relire,
    (SELECT COUNT(*) FROM batch_documents b WHERE b.run_id = r.id AND b.state = 'changed') AS nb_changes,
    r.undone_at AS annule_le
FROM runs r;

CREATE VIEW v_penalites AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    n.amount_eur AS montant_eur,
    n.per AS par,
    COALESCE(per_code.label, n.per) AS libelle_par,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    n.rule AS regle,
    n.confidence AS confiance,
    d.document_id, d.consultation_id
FROM penalties n
JOIN v_documents d ON d.lecture = n.reading_id
LEFT JOIN evidence e ON e.penalty_id = n.id AND e.position = 0
LEFT JOIN codes per_code ON per_code.kind = 'penalty_per' AND per_code.code = n.per
WHERE d.copie_de IS NULL;

CREATE VIEW v_contacts AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    n.organisation AS organisme,
    n.email AS courriel,
    n.phone AS telephone,
    COALESCE(role_code.label, n.role) AS role,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    d.document_id, d.consultation_id
FROM contacts n
JOIN v_documents d ON d.lecture = n.reading_id
LEFT JOIN evidence e ON e.contact_id = n.id AND e.position = 0
LEFT JOIN codes role_code ON role_code.kind = 'role' AND role_code.code = n.role
WHERE d.copie_de IS NULL;

CREATE VIEW v_modalites AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    n.kind AS nature,
    COALESCE(kind_code.label, n.kind) AS libelle_nature,
    n.code AS modalite,
    COALESCE(term_code.label, n.code) AS libelle_modalite,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    (SELECT COUNT(*) FROM evidence p WHERE p.term_id = n.id) AS nb_preuves,
    n.rule AS regle,
    n.confidence AS confiance,
    d.document_id, d.consultation_id
FROM terms n
JOIN v_documents d ON d.lecture = n.reading_id
LEFT JOIN evidence e ON e.term_id = n.id AND e.position = 0
LEFT JOIN codes kind_code ON kind_code.kind = 'term_kind' AND kind_code.code = n.kind
LEFT JOIN codes term_code ON term_code.kind = n.kind AND term_code.code = n.code
WHERE d.copie_de IS NULL;

CREATE VIEW v_absences AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    a.category AS categorie,
    COALESCE(category_code.label, a.category) AS libelle_categorie,
    e.page AS page, e.quote AS citation, e.section AS section,
    e.x0 AS bbox_x0, e.top AS bbox_haut, e.x1 AS bbox_x1, e.bottom AS bbox_bas,
    e.via IS NOT NULL AS par_ocr, e.read_as AS lu_comme,
    a.rule AS regle,
    d.document_id, d.consultation_id
FROM absences a
JOIN v_documents d ON d.lecture = a.reading_id
LEFT JOIN evidence e ON e.absence_id = a.id AND e.position = 0
LEFT JOIN codes category_code ON category_code.kind = 'category' AND category_code.code = a.category
WHERE d.copie_de IS NULL;

CREATE VIEW v_problemes AS
SELECT
    d.consultation, d.reference, d.acheteur, d.objet, d.jour, d.departement, d.departements, d.fichier, d.chemin,
    d.type_document, d.libelle_type_document,
    d.etat,
    b.stage AS etape,
    COALESCE(stage_code.label, b.stage) AS libelle_etape,
    b.code AS code,
    b.message AS message,
    b.page AS page,
    d.traitement,
    d.document_id, d.consultation_id
FROM problems b
JOIN v_documents d ON d.lecture = b.reading_id
LEFT JOIN codes stage_code ON stage_code.kind = 'stage' AND stage_code.code = b.stage;

CREATE VIEW v_avis AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    t.state AS etat_consultation,
    COALESCE(state_code.label, t.state) AS libelle_etat_consultation,
    n.journal AS journal,
    n.notice_id AS numero,
    n.kind AS nature,
    COALESCE(kind_code.label, n.kind) AS libelle_nature,
    n.published AS parution,
    n.deadline AS limite,
    n.siret AS siret,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(n.departements AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
    NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(n.cpv AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS cpv,
    n.procedure AS procedure,
    COALESCE(procedure_code.label, n.procedure) AS libelle_procedure,
    n.estimated_eur AS montant_estime_eur,
    (SELECT COUNT(*) FROM notice_lots l WHERE l.notice_id = n.id) AS nb_lots,
    (SELECT COUNT(*) FROM declared d WHERE d.notice_id = n.id) AS nb_declarations,
    (SELECT MIN(l.url) FROM notice_links l WHERE l.notice_id = n.id AND l.kind = 'notice') AS adresse_avis,
    (SELECT MIN(l.url) FROM notice_links l WHERE l.notice_id = n.id AND l.kind = 'documents') AS adresse_dossier,
    n.source AS source,
    n.raw_path AS fichier_brut,
    n.night_id AS nuit,
    n.document_id AS document_id,
    n.id AS avis_id,
    t.id AS consultation_id
FROM notices n
JOIN tenders t ON t.id = n.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'tender_state' AND state_code.code = t.state
LEFT JOIN codes kind_code ON kind_code.kind = 'notice_kind' AND kind_code.code = n.kind
LEFT JOIN codes procedure_code ON procedure_code.kind = 'procedure' AND procedure_code.code = n.procedure;

CREATE VIEW v_declare AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    n.journal AS journal,
    n.notice_id AS numero,
    n.published AS parution,
    d.field AS champ,
    d.value AS valeur_declaree,
    d.meaning AS sens,
    COALESCE(meaning_code.label, d.meaning) AS libelle_sens,
    COALESCE(d.lot, '*') AS lot,
    NULLIF(d.text, '') AS texte,
    n.id AS avis_id,
    t.id AS consultation_id
FROM declared d
JOIN notices n ON n.id = d.notice_id
JOIN tenders t ON t.id = n.tender_id
LEFT JOIN codes meaning_code ON meaning_code.kind = 'meaning' AND meaning_code.code = d.meaning;

CREATE VIEW v_sources AS
SELECT
    s.name AS source,
    s.title AS nom_source,
    s.watermark AS repere,
    s.succeeded_at AS reussie_le,
    x.night_id AS nuit,
    x.started_at AS debut,
    x.finished_at AS fin,
    x.state AS etat,
    COALESCE(state_code.label, x.state) AS libelle_etat,
    x.message AS message,
    x.items AS nb_recus,
    x.new_notices AS nb_avis_nouveaux,
    x.changed_notices AS nb_avis_changes,
    x.downloads AS nb_telechargements,
    x.manual AS nb_a_la_main,
    x.problems AS nb_problemes,
    x.documents AS nb_documents,
    x.run_id AS traitement
FROM sources s
LEFT JOIN night_sources x ON x.source = s.name
LEFT JOIN codes state_code ON state_code.kind = 'source_state' AND state_code.code = x.state;

CREATE VIEW v_telechargements AS
SELECT
    t.key AS consultation,
    t.reference AS reference,
    t.buyer AS acheteur,
    t.object AS objet,
    d.source AS source,
    d.address AS adresse,
    d.kind AS nature,
    d.state AS etat,
    COALESCE(state_code.label, d.state) AS libelle_etat,
    d.code AS code,
    d.message AS message,
    d.name AS fichier,
    d.size AS octets,
    d.sha256 AS sha256,
    d.attempts AS nb_essais,
    first.started_at AS vu_le,
    last.started_at AS suivi_le,
    t.id AS consultation_id
FROM downloads d
JOIN nights first ON first.id = d.first_night_id
JOIN nights last ON last.id = d.night_id
LEFT JOIN tenders t ON t.id = d.tender_id
LEFT JOIN codes state_code ON state_code.kind = 'download_state' AND state_code.code = d.state;
